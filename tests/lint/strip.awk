# Blanks comments, strings and character constants of C, so that what is left
# can be searched for calls. Prints file, line and text, parted by tabs.
FNR == 1 {
	comment = 0
}

{
	rest = $0
	out = ""
	while (rest != "") {
		if (comment) {
			at = index(rest, "*/")
			if (at == 0)
				break
			rest = substr(rest, at + 2)
			comment = 0
			continue
		}
		if (!match(rest, /\/\*|\/\/|"|\047/)) {
			out = out rest
			break
		}
		out = out substr(rest, 1, RSTART - 1) " "
		found = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		if (found == "//")
			break
		if (found == "/*")
			comment = 1
		else if (match(rest, found == "\"" ? "^([^\\\\\"]|\\\\.)*\"" : "^([^\\\\\047]|\\\\.)*\047"))
			rest = substr(rest, RLENGTH + 1)
		else
			break
	}
	gsub(/\t/, " ", out)
	print FILENAME "\t" FNR "\t" out
}
