# Blanks comments, strings and character constants of C, so that what is left
# can be searched for calls. Lines stay where they are.
{
	line = $0
	out = ""
	n = length(line)
	for (i = 1; i <= n; i++) {
		c = substr(line, i, 1)
		two = substr(line, i, 2)
		if (comment) {
			if (two == "*/") {
				comment = 0
				i++
			}
		} else if (quote != "") {
			if (c == "\\")
				i++
			else if (c == quote)
				quote = ""
		} else if (two == "/*") {
			comment = 1
			i++
			out = out " "
		} else if (two == "//") {
			break
		} else if (c == "\"" || c == "'") {
			quote = c
			out = out "\"\""
		} else {
			out = out c
		}
	}
	quote = ""
	print out
}
