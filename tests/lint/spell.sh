#!/bin/sh
# spell.sh ROOT: codespell finds no misspelt word.
set -eu
cd "$1"
command -v codespell >/dev/null || exit 77
set --
# Unit tests and corpora hold words that are wrong on purpose; data_words.c,
# serve/words.c and the guide's synonyms those of other languages.
for path in src include man share tests/lint tests/tool README.md; do
	[ ! -e "$path" ] || set -- "$@" "$path"
done
exec codespell --ignore-words tests/lint/words \
	--skip '*/lint/words,*/data_words.c,*/serve/words.c,*/synonyms' "$@"
