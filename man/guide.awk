# Turns the output of "mandoc -T markdown" into pages for the guide: every
# section and every item of a list becomes a section of its own, titled with
# the page's name, and what Markdown escapes is written plainly.

function plain(s) {
	gsub(/&lt;/, "<", s)
	gsub(/&gt;/, ">", s)
	gsub(/&nbsp;/, " ", s)
	gsub(/&#91;/, "[", s)
	gsub(/&#42;/, "*", s)
	gsub(/&amp;/, "\\&", s)
	gsub(/\\[^A-Za-z0-9 ]/, "\001&", s)
	gsub(/\001\\/, "", s)
	return s
}

function bare(s) {
	s = plain(s)
	gsub(/[*`]/, "", s)
	return s
}

# A line that may turn out to be the name of an item, or the page's foot.
function flush() {
	if (held != "")
		print plain(held) (parted ? "\n" : "")
	held = ""
	parted = 0
	indent = ""
}

NR == 1 {
	page = tolower($1)
	next
}

/^#+ / {
	flush()
	sub(/^#+ /, "")
	section = bare($0)
	print "\n# " page ", " section
	next
}

/^$/ {
	if (held == "")
		print ""
	else
		parted = 1
	next
}

/^>/ {
	# "An example:" is followed by what to type; other lines name an item.
	if (held ~ /:$/) {
		flush()
		indent = "    "
	} else if (held != "") {
		print "\n## " page ", " section ": " bare(held) "\n"
		held = ""
		parted = 0
		indent = ""
	}
	while (sub(/^> ?/, ""))
		;
	print indent plain($0)
	next
}

/^\t/ {
	flush()
	print
	next
}

{
	flush()
	held = $0
}

# What is held at the end is the foot: system and date.
