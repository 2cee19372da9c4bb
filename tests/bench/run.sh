#!/bin/sh
# run.sh BUILD [-n RUNS] [ROW...]: measures the budgets with what is built in
# BUILD (a release build, with its tests), each against the plain tool in the
# same run. RUNS (21) is for the quick rows; the long ones take a third of it.
# ROW: start answer bulk chunks markdown memory https pool; all of them unless
# named.
# A line for each budget goes to stdout. Exit 1 when one is exceeded.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
usage="usage: run.sh BUILD [-n RUNS] [ROW...]"
build=$(cd "${1:?$usage}" && pwd)
shift
runs=21
if [ "${1-}" = -n ]; then
	runs=${2:?$usage}
	shift 2
fi
[ $# -gt 0 ] || set -- start answer bulk chunks markdown memory https pool

work=$(mktemp -d "${TMPDIR:-/tmp}/atl-bench.XXXXXX")
servers=
clean_up() {
	for pid in $servers; do
		kill "$pid" 2>/dev/null || :
	done
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# A home of its own, and nothing of the caller's that would change what is
# measured.
HOME=$work/home
XDG_CONFIG_HOME=$HOME/config
XDG_DATA_HOME=$HOME/data
XDG_STATE_HOME=$HOME/state
XDG_RUNTIME_DIR=$HOME/run
TERM=xterm-256color
export HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR TERM
mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR http_proxy https_proxy \
	HTTPS_PROXY all_proxy ALL_PROXY LLAMA_API_KEY LLAMA_MODEL \
	LLAMA_MODEL_ENDPOINT NO_COLOR INPUTRC || :

atllama=$build/atllama

# script NAME LINE...: what a server is to answer, in $work/NAME.
script() {
	name=$1
	shift
	{
		printf '%s\n' 'answer' 'header Content-Type: text/event-stream' \
			'framing chunked'
		printf '%s\n' "$@" 'finish stop' 'done'
	} >"$work/$name"
}

# serve NAME SCHEME [OPTIONS...]: starts one; its base is then in $url.
serve() {
	name=$1
	scheme=$2
	shift 2
	"$build/tests/tool/atl-server" "$work/$name" --lifetime 3600 \
		--port-file "$work/$name.port" "$@" >/dev/null &
	servers="$servers $!"
	tries=0
	while [ ! -s "$work/$name.port" ]; do
		tries=$((tries + 1))
		if [ "$tries" -gt 100 ]; then
			echo "run.sh: the server does not start" >&2
			exit 2
		fi
		sleep 0.1
	done
	url=$scheme://127.0.0.1:$(cat "$work/$name.port")/v1
}

over=0
# compare RUNS LABEL OPTIONS... -- A... -- B...
compare() {
	n=$1
	label=$2
	shift 2
	rc=0
	"$build/tests/bench/atl-bench" -n "$n" -l "$label" "$@" || rc=$?
	[ "$rc" -ne 2 ] || exit 2
	[ "$rc" -eq 0 ] || over=$((over + 1))
}

start() {
	script small 'stream 10 \sword'
	serve small http
	LLAMA_MODEL_ENDPOINT=$url
	export LLAMA_MODEL_ENDPOINT
	compare "$runs" 'start to prompt' --until '> ' --wall 1.5 -- \
		"$atllama" -- curl --version
	unset LLAMA_MODEL_ENDPOINT
}

answer() {
	script ten 'stream 10 \sword'
	serve ten http
	compare "$runs" '10 tokens, saved' --wall 1.5 --cpu 1.5 -- \
		"$atllama" -q -e "$url" hello -- \
		curl -sN "$url/chat/completions" --json '{}'
}

third() {
	echo $(((runs + 2) / 3))
}

bulk() {
	script bulk 'batch 65536' 'stream 100000 \sword'
	serve bulk http
	compare "$(third)" '100,000 chunks in 64 KiB writes' --cpu 2 -- \
		"$atllama" -q -e "$url" hello -- \
		curl -sN "$url/chat/completions" --json '{}'
}

chunks() {
	script chunks 'stream 100000 \sword'
	serve chunks http
	compare "$(third)" '100,000 chunks, each a write' --cpu 3 -- \
		"$atllama" -q -e "$url" hello -- \
		curl -sN "$url/chat/completions" --json '{}'
}

markdown() {
	script markdown 'stream 100000 \sword'
	serve markdown http
	compare "$(third)" '100,000 chunks, each a write, as Markdown' \
		--until '' --cpu 4 -- \
		"$atllama" -q -e "$url" hello -- \
		curl -sN "$url/chat/completions" --json '{}'
}

memory() {
	text=
	while [ ${#text} -lt 1000 ]; do
		text="$text and so on"
	done
	text=$(printf '%.1000s' "$text")
	for mb in 1 10 60; do
		script "memory$mb" 'batch 65536' "stream ${mb}000 $text"
		serve "memory$mb" http
		compare 5 "a reply of $mb MB" --rss 1.5 --plus "${mb}000000" -- \
			"$atllama" -q -e "$url" hello -- \
			curl -sN "$url/chat/completions" --json '{}'
	done
}

# Both must find the authority of the tests among those of the system: curl in
# a copy of the bundle, which it reads by default, atllama in a copy of the
# hashed folder, which it takes by default.
https() {
	system=/etc/ssl/certs
	if [ ! -s $system/ca-certificates.crt ]; then
		echo "run.sh: no $system/ca-certificates.crt; https left out" >&2
		return
	fi
	"$here/../tool/make-ca.sh" "$work/ca"
	cat $system/ca-certificates.crt "$work/ca/ca.pem" >"$work/bundle.pem"
	cp -R $system "$work/certs"
	cp -P "$work/ca/cas/"*.0 "$work/certs/"
	cp "$work/ca/ca.pem" "$work/certs/"
	script tls 'stream 10 \sword'
	serve tls https --tls "$work/ca/good.pem" "$work/ca/good.key"
	SSL_CERT_DIR=$work/certs
	export SSL_CERT_DIR
	compare "$runs" '10 tokens over https, saved' --wall 0.6 -- \
		"$atllama" -q -e "$url" hello -- \
		curl -sN --cacert "$work/bundle.pem" "$url/chat/completions" \
		--json '{}'
	unset SSL_CERT_DIR
}

# Eight endpoints against one of them, both asked by atllama: what a pool costs,
# which is to stay below 1 ms.
pool() {
	script eight 'stream 10 \sword'
	serve eight http
	{
		names=
		for i in 1 2 3 4 5 6 7 8; do
			echo "endpoint e$i { url = \"$url\" }"
			names="$names${names:+, }e$i"
		done
		echo "pool main { strategy = balance endpoints = {$names} }"
	} >"$XDG_CONFIG_HOME/atllama/config"
	compare $((runs * 5)) 'a pool of 8 over one endpoint' --wall 1.15 \
		--cpu 1.15 -- \
		"$atllama" -q -e main hello -- "$atllama" -q -e e1 hello
	rm "$XDG_CONFIG_HOME/atllama/config"
}

# The first run makes the key file and the vault.
script first 'chat hello'
serve first http
"$atllama" -q -e "$url" hello >/dev/null 2>&1

for row in "$@"; do
	case $row in
	start | answer | bulk | chunks | markdown | memory | https | pool)
		"$row"
		;;
	*)
		echo "run.sh: there is no row $row" >&2
		exit 2
		;;
	esac
done
[ "$over" -eq 0 ]
