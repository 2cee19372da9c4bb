#!/bin/sh
# batch.sh BUILD [LINES [RUNS]]: a batch of LINES (10,000) instant prompts at 64
# jobs, measured with what is built in BUILD (a release build) against
# "curl --parallel" with the same requests to the same server, RUNS (5) times in
# turn; then the same batch from a cache that holds LINES replies. The budget is
# half of curl's rate. Tells the load of the machine; exit 1 beyond the budget.
set -eu

usage="usage: batch.sh BUILD [LINES [RUNS]]"
build=$(cd "${1:?$usage}" && pwd)
lines=${2:-10000}
runs=${3:-5}
work=$(mktemp -d "${TMPDIR:-/tmp}/atl-batch.XXXXXX")
server=
stop() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP

HOME=$work
XDG_CONFIG_HOME=$work/config
XDG_DATA_HOME=$work/data
XDG_STATE_HOME=$work/state
XDG_RUNTIME_DIR=$work
export HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
unset LLAMA_API_KEY LLAMA_MODEL LLAMA_MODEL_ENDPOINT http_proxy || :

printf '%s\n' answer 'header Content-Type: text/event-stream' \
	'framing chunked' 'batch 1000000' 'chat Ten words or so, as an answer.' \
	'usage 3 8' finish 'done' >"$work/script"
"$build/tests/tool/atl-server" "$work/script" --port-file "$work/port" \
	--lifetime 600 >/dev/null &
server=$!
until [ -s "$work/port" ]; do sleep 0.1; done
url=http://127.0.0.1:$(cat "$work/port")/v1

i=0
while [ "$i" -lt "$lines" ]; do
	i=$((i + 1))
	echo "{\"id\":$i,\"message\":\"What is $i?\"}"
done >"$work/in.jsonl"
# The body that atllama sends, so that both ask the same.
body=$("$build/atllama" --dry-run --private -e "$url" 'What is 12345?' |
	tail -n 1 | sed 's/\\/\\\\/g; s/"/\\"/g')
i=0
while [ "$i" -lt "$lines" ]; do
	i=$((i + 1))
	[ "$i" -eq 1 ] || echo next
	echo "url = \"$url/chat/completions\""
	echo 'header = "Content-Type: application/json"'
	echo "data = \"$body\""
	echo 'output = "/dev/null"'
	printf '%s\n' 'write-out = "%{http_code}\n"'
done >"$work/curl.conf"

now() {
	date +%s%N
}

# timed NAME COMMAND...: its milliseconds go to $work/NAME.
timed() {
	name=$1
	shift
	start=$(now)
	"$@"
	echo $((($(now) - start) / 1000000)) >>"$work/$name"
}

curls() {
	curl -sS --no-progress-meter --parallel --parallel-max 64 \
		--parallel-immediate -K "$work/curl.conf" >"$work/codes"
}

batch() {
	rm -f "$work/out.jsonl"
	"$build/atllama" batch -q -e "$url" "$work/in.jsonl" \
		-o "$work/out.jsonl" --jobs 64 "$@"
}

median() {
	sort -n "$work/$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

i=0
while [ "$i" -lt "$runs" ]; do
	i=$((i + 1))
	timed curl curls
	timed batch batch
done
[ "$(wc -l <"$work/out.jsonl")" -eq "$lines" ]
[ "$(grep -c '^200$' "$work/codes")" -eq "$lines" ]
timed fill batch --cache
timed cache batch --cache
[ "$(grep -c '"cached":true' "$work/out.jsonl")" -eq "$lines" ]

echo "load: $(cut -d ' ' -f 1-3 /proc/loadavg)"
awk -v n="$lines" -v c="$(median curl)" -v b="$(median batch)" \
	-v f="$(median fill)" -v h="$(median cache)" 'BEGIN {
	printf "curl --parallel  %6d ms  %7.0f/s\n", c, n * 1000 / c
	printf "atllama batch    %6d ms  %7.0f/s  %.2f x (budget 0.5)\n", b,
		n * 1000 / b, c / b
	printf "  into the cache %6d ms  %7.0f/s\n", f, n * 1000 / f
	printf "  from the cache %6d ms  %7.0f/s\n", h, n * 1000 / h
	exit c / b < 0.5
}'
