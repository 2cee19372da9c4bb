#!/bin/sh
# headers.sh ROOT: every header has the guard its path asks for and compiles
# alone. CC may name the compiler; CFLAGS where library headers are.
set -eu
cd "$1"

bad=0
for file in $(find src include -name '*.h' -type f | LC_ALL=C sort); do
	name=${file#src/}
	name=${name#include/}
	guard=ATL_$(echo "$name" | tr 'a-z/.-' 'A-Z___')
	# The public header stands alone, not in a folder of ours.
	[ "$file" = include/atllama.h ] && guard=ATLLAMA_H
	first=$(grep -n '^#' "$file" | sed -n '1,2s/^[0-9]*://p' | tr '\n' ' ')
	if [ "$first" != "#ifndef $guard #define $guard " ]; then
		echo "$file:1: the guard is not $guard"
		bad=1
	fi
	# -include: the file is read for its own sake, as no main file.
	# shellcheck disable=SC2086
	if ! ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE \
		-Isrc -Iinclude -Wall -Wextra -Werror -fsyntax-only \
		${CFLAGS:-} -include "$file" -x c /dev/null; then
		echo "$file:1: does not compile alone"
		bad=1
	fi
done
exit $bad
