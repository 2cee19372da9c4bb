#!/bin/sh
# self.sh: the lint scripts find what they are there for. Each is run on a tree
# with known faults, and has to fail and to name the place.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

mkdir -p "$tmp/src/base" "$tmp/src/wire" "$tmp/src/net" "$tmp/src/app" \
	"$tmp/include" "$tmp/src/engine"
cat >"$tmp/src/base/low.c" <<'END'
#include "wire/json.h"
#include <curl/curl.h>
/* system("x") in a comment */
const char *s = "strcpy(a, b)";
int f(void) { return atoi("1") + obj.system(2); }
END
cat >"$tmp/src/net/same.c" <<'END'
#include "store/box.h"
#include "base/low.h"
#include "http.h"
void f(void) { exit (1); _exit(1); on_exit(1); }
END
cat >"$tmp/src/engine/front.c" <<'END'
#include "tty/term.h"
END
cat >"$tmp/src/app/main.c" <<'END'
#include "engine/turn.h"
int main(void) { exit(0); }
END
cat >"$tmp/src/base/low.h" <<'END'
#ifndef LOW_H
#define LOW_H
size_t n;
#endif
END

# expect SCRIPT LINE...: it fails and prints these lines in this order.
expect() {
	script=$1
	shift
	printf '%s\n' "$@" >"$tmp/want"
	if "$here/$script" "$tmp" >"$tmp/got" 2>/dev/null; then
		echo "$script: found nothing"
		bad=1
	elif ! diff "$tmp/want" "$tmp/got"; then
		echo "$script: found something else"
		bad=1
	fi
}

expect floors.sh \
	'src/base/low.c:1: "base" (floor 0) includes "wire/json.h" (floor 2)' \
	'src/engine/front.c:1: "engine" never includes "tty"' \
	'src/net/same.c:1: "net" (floor 3) includes "store/box.h" (floor 3)' \
	'src/net/same.c:3: "http.h" is not of the form "folder/file.h"'
expect homes.sh \
	'src/base/low.c:2: <curl/curl.h> belongs to src/net/http.c src/net/http_xfer.h'
expect banned.sh \
	'src/base/low.c:5: atoi() is banned' \
	'src/net/same.c:4: exit() is banned'
expect headers.sh \
	'src/base/low.h:1: the guard is not ATL_BASE_LOW_H' \
	'src/base/low.h:1: does not compile alone'
exit $bad
