#!/bin/sh
# Installs what is missing, builds atllama and starts it. On a terminal that is
# a chat; without one, the main job is shown once on the built-in guide.
set -eu

cd "$(dirname "$0")/.."

packages="build-essential cmake pkg-config mandoc libcurl4-openssl-dev
libcjson-dev libreadline-dev libsodium-dev libconfuse-dev libutf8proc-dev
libmicrohttpd-dev libmd4c-dev libkeyutils-dev libidn2-dev ca-certificates"

say() {
	printf 'quickstart: %s\n' "$*" >&2
}

# The packages that dpkg does not know as installed.
missing() {
	for name in $packages; do
		status=$(dpkg-query -W -f '${Status}' "$name" 2>/dev/null || :)
		[ "$status" = "install ok installed" ] || printf ' %s' "$name"
	done
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

install_packages() {
	if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null
	then
		say "this system has no apt; on Debian these packages are needed:"
		say "$(echo "$packages" | tr '\n' ' ')"
		return
	fi
	want=$(missing)
	[ -n "$want" ] || return 0
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		say "packages are missing; as root: apt-get install$want"
		exit 1
	fi
	say "installing$want"
	as_root apt-get update >&2
	# The list is meant to be split.
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y \
		--no-install-recommends $want >&2
}

build() {
	say "building build/release/atllama"
	cmake --preset release -DBUILD_TESTING=OFF >&2
	cmake --build build/release -j "$(nproc 2>/dev/null || echo 2)" >&2
}

# Prints a command as one would type it, then runs it.
show() {
	printf '\n$ %s\n' "$1"
	sh -c "$1" </dev/null
}

# The main job, in a home that goes away afterwards.
demonstrate() {
	home=$(mktemp -d)
	trap 'rm -rf "$home"' EXIT
	trap 'exit 1' HUP INT TERM
	unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME
	unset LLAMA_MODEL_ENDPOINT LLAMA_API_KEY LLAMA_MODEL
	HOME=$home
	PATH=$PWD/build/release:$PATH
	export HOME PATH

	say "no terminal: the main job, once, on the built-in guide"
	show 'cat README.md | atllama -a guide "Where do my conversations lie?"'
	show 'atllama -a guide -c "How do I resume a conversation?"'
	show 'atllama list'
	show 'atllama show --last | head -n 6'

	data=$HOME/.local/share/atllama
	atllama show --last | grep -q "Where do my conversations lie" || {
		say "the conversation was not saved"
		exit 1
	}
	show 'cd && find . -type f | sort'
	for text in "Where do my" "conversations lie" "How do I resume" \
		"not a model" "atllama-guide"; do
		if grep -r -q -a -F -e "$text" "$HOME"; then
			say "\"$text\" lies in clear below $data"
			exit 1
		fi
	done
	printf '\nNeither the questions nor the answers are in these files in '
	printf 'clear. A piece of one:\n'
	file=$(find "$data" -name '*.atj' -type f | head -n 1)
	dd if="$file" bs=16 skip=36 count=4 2>/dev/null | od -A d -t x1
}

install_packages
build
if [ -t 0 ] && [ -t 1 ]; then
	exec build/release/atllama "$@"
fi
demonstrate
say "done; start a chat with build/release/atllama"
