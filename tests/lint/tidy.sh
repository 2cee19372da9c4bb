#!/bin/sh
# tidy.sh ROOT BUILD: the checks of .clang-tidy over src.
set -eu
cd "$1"
command -v clang-tidy-14 >/dev/null || exit 77
[ -f "$2/compile_commands.json" ] || exit 77
# The compile commands may be gcc's, with warnings that clang does not know.
find src -name '*.c' -type f | LC_ALL=C sort |
	xargs -n 8 -P 2 clang-tidy-14 -p "$2" --quiet \
		--extra-arg=-Wno-unknown-warning-option \
		--extra-arg=-Wno-string-concatenation >"$2/tidy.log" 2>&1 || {
	grep -E '(error|warning):' "$2/tidy.log" | LC_ALL=C sort -u
	exit 1
}
