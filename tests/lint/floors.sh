#!/bin/sh
# floors.sh ROOT: a folder of src includes itself and lower floors only, and
# names what it includes by folder. Prints file:line of what does not.
set -eu
cd "$1"

find src -name '*.[ch]' -type f | LC_ALL=C sort | xargs grep -Hn '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' |
awk -F: '
BEGIN {
	split("base chat text conf wire store net tty engine serve app", names, " ")
	split("0    1    1    1    2    3     3   3   4      5     6", floors, " ")
	for (i in names)
		floor[names[i]] = floors[i]
	# The engine becomes a library without a terminal.
	never["engine", "tty"] = never["serve", "tty"] = 1
}
{
	file = $1
	line = $2
	split(file, part, "/")
	from = part[2]
	match($0, /"[^"]*"/)
	name = substr($0, RSTART + 1, RLENGTH - 2)
	to = name
	sub(/\/.*/, "", to)
	why = ""
	if (!(from in floor))
		why = "folder \"" from "\" has no floor"
	else if (name == "atllama.h")
		next
	else if (name !~ /^[a-z]+\/[a-z0-9_]+\.h$/)
		why = "\"" name "\" is not of the form \"folder/file.h\""
	else if (!(to in floor))
		why = "\"" name "\" is in no folder that has a floor"
	else if (from != to && floor[to] >= floor[from])
		why = "\"" from "\" (floor " floor[from] ") includes \"" name "\" (floor " floor[to] ")"
	else if ((from, to) in never)
		why = "\"" from "\" never includes \"" to "\""
	if (why != "") {
		print file ":" line ": " why
		bad = 1
	}
}
END { exit bad }'
