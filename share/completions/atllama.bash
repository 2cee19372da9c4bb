# bash completion for atllama. Made from the table of options; a test
# compares the two.
# shellcheck shell=bash

_atllama()
{
	local cur=${COMP_WORDS[COMP_CWORD]}
	local prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	case $prev in
	-f|--file|\
	-o|--output|\
	--cacert|\
	--cert|\
	--key)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return ;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
		return ;;
	-a|--agent|\
	-e|--endpoint|\
	-p|--preset|\
	-m|--model|\
	-s|--system|\
	--style|\
	-t|--temperature|\
	-n|--max-tokens|\
	--api-key-command|\
	--header|\
	--auth-header|\
	--pin|\
	--proxy|\
	--insecure-http|\
	--connect-timeout|\
	--first-byte-timeout|\
	--idle-timeout|\
	--retries|\
	--passphrase-fd)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--continue -c
			--resume -r
			--fork
			--private
			--agent -a
			--endpoint -e
			--preset -p
			--model -m
			--system -s
			--style
			--temperature -t
			--max-tokens -n
			--file -f
			--no-stdin
			--output -o
			--json
			--jsonl
			--no-stream
			--raw
			--plain
			--color
			--safe
			--unsafe
			--dry-run
			--strict
			--quiet -q
			--verbose -v
			--api-key-command
			--header
			--auth-header
			--cacert
			--cert
			--key
			--pin
			--proxy
			--http1.1
			--insecure-http
			--connect-timeout
			--first-byte-timeout
			--idle-timeout
			--retries
			--passphrase-fd
			--last
			--yes
			--help -h
			--version -V' -- "$cur")
	elif ((COMP_CWORD == 1)) && [[ ${COMP_WORDS[0]} != *@* ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'ask chat tour list show presets help' -- "$cur")
	fi
}

complete -F _atllama atllama @llama
