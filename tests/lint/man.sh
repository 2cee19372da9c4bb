#!/bin/sh
# man.sh ROOT: mandoc finds nothing to say about the manual pages.
set -eu
cd "$1"
command -v mandoc >/dev/null || exit 77
ls man/*.[1-8] >/dev/null 2>&1 || exit 77
# Pages not installed are not found by a reference, and AGENTS is a section.
mandoc -T lint -W style man/*.[1-8] | grep '^mandoc: man/' |
	grep -v -e 'referenced manual not found' -e 'Sh AGENTS instead' && exit 1
exit 0
