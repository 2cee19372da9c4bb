#!/bin/sh
# What atl-pty promises: the first argument is the program.
set -u
pty=$1
failed=0

# want CODE SCRIPT PROGRAM...
want() {
	code=$1
	script=$2
	shift 2
	printf '%s\n' "$script" | "$pty" -t 3000 - "$@" 2>/dev/null
	got=$?
	if [ "$got" -ne "$code" ]; then
		echo "exit $got, not $code: $script"
		failed=$((failed + 1))
	fi
}

want 0 'line hello
expect hello\r\n
expect hello\r\n
count 2 hello
never world
eof
expect-exit 0' cat
want 1 'expect-within 100 nothing' cat
want 1 'expect-exit 0' false
want 0 'expect-exit 1' false
want 1 'expect ab
never a' echo ab
want 0 'expect 31 99
resize 120x40
sleep 100
line
expect 40 120
modes original
expect-exit 0' sh -c 'stty rows 31 cols 99; stty size; read -r x; stty size'
want 0 'expect ready
signal TERM
expect-exit TERM' sh -c 'echo ready; exec sleep 10'
# shellcheck disable=SC2016
want 0 'env WORD=a b
expect <a b>
expect-exit 0' sh -c 'echo "<$WORD>"'
want 0 'expect ready
modes quiet
send \x61\\\e[A
expect a\\
hang-up
expect-exit HUP' sh -c 'stty -echo -icanon; echo ready; cat'
want 0 'await /dev/null
expect-exit 0' true
want 2 'frobnicate' true
want 2 'sleep x' true

echo "$failed failed"
[ "$failed" -eq 0 ]
