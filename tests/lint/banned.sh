#!/bin/sh
# banned.sh ROOT: functions nobody calls, with file:line of who does. Comments
# and strings are not looked at.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"

everywhere='strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atoll|atof|gets|system|popen|rand|srand|localtime|gmtime|ctime|asctime|strerror|strtol|strtoul|strtoll|strtoull|alloca|setjmp|longjmp|sigsetjmp|siglongjmp|tmpnam|mktemp|tempnam'
find src include -name '*.[ch]' -type f | LC_ALL=C sort |
	xargs awk -f "$here/strip.awk" |
	awk -F '\t' -v everywhere="$everywhere" '
	{
		# One place ends the program.
		words = $1 == "src/app/main.c" ? everywhere : everywhere "|exit"
		rest = " " $3
		while (match(rest, "[^A-Za-z0-9_.>](" words ")[ \t]*[(]")) {
			name = substr(rest, RSTART + 1, RLENGTH - 1)
			sub(/[ \t]*[(]$/, "", name)
			print $1 ":" $2 ": " name "() is banned"
			bad = 1
			rest = substr(rest, RSTART + RLENGTH)
		}
	}
	END { exit bad }'
