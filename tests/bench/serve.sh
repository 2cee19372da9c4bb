#!/bin/sh
# serve.sh BUILD [STREAMS]: what atllama serve costs, measured with what is built
# in BUILD (a release build): STREAMS (400) streams of 50 pieces a second through
# it and past it, saved and not; 5,000 idle connections; whole answers against
# nginx in front of the same endpoint, where nginx is installed.
# Wants an idle machine; $ATL_RUN, such as "chrt -r 1", is put before each program.
# shellcheck disable=SC2086
set -eu

build=$(cd "${1:?usage: serve.sh BUILD [STREAMS]}" && pwd)
streams=${2:-400}
bench=$build/tests/bench/atl-streams
work=$(mktemp -d "${TMPDIR:-/tmp}/atl-serve.XXXXXX")
pids=
stop() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	pids=
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

HOME=$work
XDG_CONFIG_HOME=$work/config
XDG_DATA_HOME=$work/data
XDG_STATE_HOME=$work/state
XDG_RUNTIME_DIR=$work
export HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
unset LLAMA_API_KEY LLAMA_MODEL ATL_PATH

# Stands before each program, and is meant to be split.
run=${ATL_RUN:-}

# begin RATE PIECES: the endpoint and the server, with $port, $token and $server.
begin() {
	rm -f "$work/port" "$work/log"
	$run "$bench" source "$work/port" "$1" "$2" &
	pids="$pids $!"
	until [ -s "$work/port" ]; do sleep 0.1; done
	LLAMA_MODEL_ENDPOINT=http://127.0.0.1:$(cat "$work/port")/v1
	export LLAMA_MODEL_ENDPOINT
	$run "$build/atllama" serve --listen 127.0.0.1:0 --jobs 4000 \
		--max-connections 8000 2>"$work/log" &
	server=$!
	pids="$pids $server"
	until grep -qs 'serving on' "$work/log"; do sleep 0.1; done
	port=$(sed -n 's/.*serving on .*:\([0-9]*\);.*/\1/p' "$work/log")
	token=$(cat "$work/config/atllama/serve.token")
}

resident() {
	awk '/VmHWM/ { printf "  at most %d MB resident\n", $2 / 1024 }' \
		"/proc/$server/status"
}

begin 50 500
echo "past the server:"
$run "$bench" sink "$(cat "$work/port")" none "$streams" 12
echo "through it, not saved:"
$run "$bench" sink "$port" "$token" "$streams" 12
resident
echo "through it, saved:"
ATL_PATH=/agents/llama/completion $run "$bench" sink "$port" "$token" \
	"$streams" 12
resident
stop

begin 0 1
mkfifo "$work/hold"
$run "$bench" idle "$port" "$token" 5000 <"$work/hold" >"$work/idle" &
pids="$pids $!"
exec 3>"$work/hold"
until [ -s "$work/idle" ] || ! kill -0 $! 2>/dev/null; do sleep 0.1; done
cat "$work/idle"
resident
exec 3>&-
stop

begin 0 1
echo "whole answers, not saved:"
$run "$bench" load "$port" "$token" 1 4
$run "$bench" load "$port" "$token" 32 4
echo "saved:"
ATL_PATH=/agents/llama/completion $run "$bench" load "$port" "$token" 32 4
nginx=$(PATH=$PATH:/usr/sbin command -v nginx || :)
if [ -n "$nginx" ]; then
	front=$((port > 30000 ? port - 1000 : port + 1000))
	cat >"$work/nginx.conf" <<EOC
daemon off; worker_processes 1; pid $work/nginx.pid;
events { worker_connections 1024; }
http {
	access_log off; client_body_temp_path $work/b; proxy_temp_path $work/p;
	fastcgi_temp_path $work/f; uwsgi_temp_path $work/u;
	scgi_temp_path $work/s; keepalive_requests 100000000;
	upstream u {
		server 127.0.0.1:$(cat "$work/port");
		keepalive 64; keepalive_requests 100000000;
	}
	server {
		listen 127.0.0.1:$front;
		location / {
			proxy_pass http://u;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
		}
	}
}
EOC
	$run "$nginx" -c "$work/nginx.conf" -p "$work" -e "$work/error" &
	pids="$pids $!"
	sleep 0.5
	echo "nginx before the same endpoint:"
	$run "$bench" load "$front" none 1 4
	$run "$bench" load "$front" none 32 4
fi
