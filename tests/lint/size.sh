#!/bin/sh
# size.sh ROOT: functions stay small: 100 lines, cyclomatic complexity 25 (a
# switch counts once). Long files are named, and no failure.
set -eu
cd "$1"
find src -name '*.[ch]' -type f | LC_ALL=C sort | xargs wc -l |
	awk '$1 > 500 && $2 != "total" { print $2 ":1: " $1 " lines; two files?" }'
command -v pmccabe >/dev/null || exit 77
find src -name '*.c' -type f | LC_ALL=C sort | xargs pmccabe | awk -F '\t' '
{
	where = $6
	sub(/\(/, ":", where)
	sub(/\)/, "", where)
	if ($1 > 25) {
		print where ": complexity " $1 ", the limit is 25"
		bad = 1
	}
	if ($5 > 100) {
		print where ": " $5 " lines, the limit is 100"
		bad = 1
	}
}
END { exit bad }'
