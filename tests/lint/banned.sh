#!/bin/sh
# banned.sh ROOT: functions nobody calls, with file:line of who does. Comments
# and strings are not looked at.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"

everywhere='strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atoll|atof|gets|system|popen|rand|srand|localtime|gmtime|ctime|asctime|strerror|strtol|strtoul|strtoll|strtoull|alloca|setjmp|longjmp|sigsetjmp|siglongjmp|tmpnam|mktemp|tempnam'
bad=0
for file in $(find src include -name '*.[ch]' -type f | LC_ALL=C sort); do
	words=$everywhere
	# One place ends the program.
	[ "$file" = src/app/main.c ] || words="$words|exit"
	awk -f "$here/strip.awk" "$file" | awk -v file="$file" -v words="$words" '
	{
		rest = " " $0
		while (match(rest, "[^A-Za-z0-9_.>](" words ")[ \t]*[(]")) {
			name = substr(rest, RSTART + 1, RLENGTH - 1)
			sub(/[ \t]*[(]$/, "", name)
			print file ":" NR ": " name "() is banned"
			bad = 1
			rest = substr(rest, RSTART + RLENGTH)
		}
	}
	END { exit bad }' || bad=1
done
exit $bad
