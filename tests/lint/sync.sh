#!/bin/sh
# sync.sh ROOT OPTIONS: the option rows, as the program OPTIONS prints them,
# agree with the manual pages and the completions.
set -eu
cd "$1"
options=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

# differ WHAT WANT GOT: says which lines are missing and which are too many.
differ() {
	if ! cmp -s "$2" "$3"; then
		echo "$1: '<' is in the table, '>' in the file"
		diff "$2" "$3" | grep '^[<>]' || true
		bad=1
	fi
}

for pair in bash:atllama.bash zsh:_atllama fish:atllama.fish; do
	file=share/completions/${pair#*:}
	"$options" "${pair%%:*}" >"$tmp/want"
	differ "$file" "$tmp/want" "$file"
done

# Agents and styles that come with the program are offered by name.
for file in share/agents/* share/styles/*; do
	name=${file##*/}
	grep -Eq "printf .* ${name%.md}( |\$)" share/completions/atllama.bash || {
		echo "tests/lint/shells.c:1: \"${name%.md}\" is not offered"
		bad=1
	}
done

"$options" dump >"$tmp/dump"

# Options as atllama(1) has to show them: "-c, --continue", "--file PATH".
grep -v '^verb	' "$tmp/dump" | awk -F '\t' '{
	s = $1 == "-" ? "" : "-" $1 ", "
	s = s "--" $2
	if ($4 == "maybe")
		s = s "[=" $3 "]"
	else if ($3 != "-")
		s = s " " $3
	print s
}' | LC_ALL=C sort >"$tmp/want"
awk '/^\.It Fl / {
	sub(/^\.It Fl /, "")
	gsub(/ , Fl /, ", -")
	if (sub(/ Ns Op = Ns Ar /, "[="))
		$0 = $0 "]"
	gsub(/ Ar /, " ")
	print "-" $0
}' man/atllama.1 | LC_ALL=C sort >"$tmp/got"
differ man/atllama.1 "$tmp/want" "$tmp/got"

# Every verb has its line there, and every variable is named.
awk -F '\t' '$1 == "verb" { print $2 }' "$tmp/dump" | while read -r verb; do
	grep -Eq "^\\.It (Cm|Ic) $verb( |\$)" \
		man/atllama.1 ||
		echo "man/atllama.1:1: verb \"$verb\" is missing"
done >"$tmp/verbs"
awk -F '\t' '$1 != "verb" && $7 != "-" { print $7 }' "$tmp/dump" |
while read -r env; do
	grep -q "Ev $env" man/atllama.1 ||
		echo "man/atllama.1:1: variable $env is missing"
done >>"$tmp/verbs"
if [ -s "$tmp/verbs" ]; then
	cat "$tmp/verbs"
	bad=1
fi

# Every command of the chat has its place in the manual and in the guide, and
# the manual knows no other.
sed -n 's/^	{"\([a-z]*\)", ".*/\1/p' src/app/command.c |
	LC_ALL=C sort -u >"$tmp/want"
sed -n 's/^\.It Ic \/\([a-z]*\).*/\1/p' man/atllama.1 |
	LC_ALL=C sort -u >"$tmp/got"
differ man/atllama.1 "$tmp/want" "$tmp/got"
sed -n 's/^    \/\([a-z]*\) .*/\1/p' share/guide/50-chat.md |
	LC_ALL=C sort -u >"$tmp/guide"
LC_ALL=C comm -23 "$tmp/want" "$tmp/guide" >"$tmp/missing"
if [ -s "$tmp/missing" ]; then
	sed 's|^|share/guide/50-chat.md:1: missing is /|' "$tmp/missing"
	bad=1
fi

# The settings of atllama.conf(5), all sections together.
for section in defaults endpoint pool agent preset; do
	"$options" settings $section
done | awk -F '\t' '{ print $2 }' | LC_ALL=C sort -u >"$tmp/want"
awk '/^\.It Cm [a-z0-9_.]+ No =/ { print $3 }' man/atllama.conf.5 |
	LC_ALL=C sort -u >"$tmp/got"
differ man/atllama.conf.5 "$tmp/want" "$tmp/got"

# The bash completion completes.
if command -v bash >/dev/null; then
	got=$(bash -c '
		. share/completions/atllama.bash
		COMP_WORDS=(atllama --conn) COMP_CWORD=1
		_atllama
		echo "${COMPREPLY[*]}"
		COMP_WORDS=(atllama --color n) COMP_CWORD=2
		_atllama
		echo "${COMPREPLY[*]}"
		COMP_WORDS=(atllama to) COMP_CWORD=1
		_atllama
		echo "${COMPREPLY[*]}"' | tr '\n' ' ')
	if [ "$got" != "--connect-timeout never tour " ]; then
		echo "share/completions/atllama.bash:1: completes \"$got\""
		bad=1
	fi
fi
exit $bad
