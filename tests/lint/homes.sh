#!/bin/sh
# homes.sh ROOT: each foreign library is included in its home only. Prints
# file:line of what includes one elsewhere.
set -eu
cd "$1"

find src include -name '*.[ch]' -type f | LC_ALL=C sort | xargs grep -Hn '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' |
awk -F: '
BEGIN {
	# Header, and its homes. http_xfer.h is what the parts of net/http
	# share; nobody else includes it.
	home["cjson/"] = "src/wire/json.c"
	home["curl/"] = "src/net/http.c src/net/http_xfer.h"
	home["sodium"] = "src/store/box.c"
	home["readline/"] = "src/tty/edit.c src/tty/edit_input.c src/tty/edit_keys.c src/tty/edit_screen.c src/tty/edit_history.c"
	home["termios.h"] = "src/tty/term.c src/tty/pass.c"
	home["keyutils.h"] = "src/store/keyring.c"
	home["confuse.h"] = "src/conf/config.c src/conf/config_take.c"
	home["idn2.h"] = "src/text/link.c"
	home["utf8proc.h"] = "src/base/utf8.c"
	home["microhttpd.h"] = "src/serve/server_priv.h"
	home["md4c"] = "src/app/html.c"
}
{
	match($0, /<[^>]*>/)
	name = substr($0, RSTART + 1, RLENGTH - 2)
	for (h in home)
		if (index(name, h) == 1 && index(" " home[h] " ", " " $1 " ") == 0) {
			print $1 ":" $2 ": <" name "> belongs to " home[h]
			bad = 1
		}
}
END { exit bad }'

# A private header of a home stays with its module.
if grep -rn --include='*.[ch]' '#include "net/http_xfer.h"' src |
	grep -v '^src/net/http'; then
	echo 'net/http_xfer.h is private to net/http' >&2
	exit 1
fi
