#!/bin/sh
# cppcheck.sh ROOT BUILD: what cppcheck finds in src.
set -eu
cd "$1"
command -v cppcheck >/dev/null || exit 77
mkdir -p "$2/cppcheck"
# ctuuninitvar takes a struct that is only ever written through a pointer for
# one that is read.
exec cppcheck -q -j2 --std=c11 --enable=warning,portability,performance \
	--inline-suppr --error-exitcode=1 --cppcheck-build-dir="$2/cppcheck" \
	--template='{file}:{line}: {severity}: {message} [{id}]' \
	--suppress=missingIncludeSystem --suppress=ctuuninitvar -I src -I include \
	-D_POSIX_C_SOURCE=200809L '-DATL_VERSION="0"' src
