#!/bin/sh
# format.sh ROOT: clang-format 14 has nothing to change.
set -eu
cd "$1"
command -v clang-format-14 >/dev/null || exit 77
find src include tests -name '*.[ch]' -type f | LC_ALL=C sort |
	xargs clang-format-14 --dry-run -Werror 2>&1 |
	grep -E '^[^ ].*(error|warning):' && exit 1
exit 0
