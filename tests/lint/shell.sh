#!/bin/sh
# shell.sh ROOT: shellcheck finds nothing in any script. SC2016 is about "$"
# in single quotes, which is what one means in a script within a script.
set -eu
cd "$1"
command -v shellcheck >/dev/null || exit 77
find tests share .ci -type f | LC_ALL=C sort | while read -r file; do
	case $file in
	*.sh | *.bash) echo "$file" ;;
	*) if head -n 1 "$file" | grep -aq '^#!.*/\(ba\)\{0,1\}sh$'; then
		echo "$file"
	fi ;;
	esac
done | xargs shellcheck -f gcc -e SC2016
