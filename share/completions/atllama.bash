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
	--script|\
	-o|--output|\
	--schema|\
	--cacert|\
	--cert|\
	--key|\
	--record|\
	--replay|\
	--token-file|\
	--key-file)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return ;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
		return ;;
	--reasoning)
		mapfile -t COMPREPLY < <(compgen -W 'show hide summary' -- "$cur")
		return ;;
	--role)
		mapfile -t COMPREPLY < <(compgen -W 'user assistant' -- "$cur")
		return ;;
	--kdf)
		mapfile -t COMPREPLY < <(compgen -W 'default low-memory high minimal' -- "$cur")
		return ;;
	-T|--template)
		mapfile -t COMPREPLY < <(compgen -W "$(atllama task --list 2>/dev/null |
			cut -d ' ' -f 1)" -- "$cur")
		return ;;
	-a|--agent|\
	-e|--endpoint|\
	-p|--preset|\
	-m|--model|\
	-s|--system|\
	--style|\
	--language|\
	-t|--temperature|\
	-n|--max-tokens|\
	--top-p|\
	--seed|\
	--stop|\
	--presence-penalty|\
	--frequency-penalty|\
	--param|\
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
	--replay-speed|\
	--collect|\
	--listen|\
	--allow-host|\
	--allow-origin|\
	--jobs|\
	--max-connections|\
	--grace|\
	--set|\
	--out|\
	--rounds|\
	--steps|\
	--token-limit|\
	--time-limit|\
	--passphrase-fd|\
	--since|\
	--until|\
	-C|--around|\
	--older-than|\
	--label|\
	--timeout)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--continue -c
			--resume -r
			--fork
			--private
			--no-memory
			--agent -a
			--endpoint -e
			--preset -p
			--model -m
			--system -s
			--style
			--language
			--temperature -t
			--max-tokens -n
			--top-p
			--seed
			--stop
			--presence-penalty
			--frequency-penalty
			--images
			--param
			--file -f
			--script
			--no-stdin
			--output -o
			--json
			--jsonl
			--html
			--schema
			--no-stream
			--raw
			--plain
			--color
			--reasoning
			--no-pager
			--safe
			--unsafe
			--check
			--cache
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
			--record
			--replay
			--replay-speed
			--as-completed
			--save
			--provider
			--collect
			--listen
			--token-file
			--allow-host
			--allow-origin
			--insecure-listen
			--jobs
			--max-connections
			--grace
			--template -T
			--set
			--list
			--out
			--plan-only
			--assume
			--rounds
			--steps
			--token-limit
			--time-limit
			--passphrase-fd
			--key-file
			--allow-kdf
			--last
			--since
			--until
			--role
			--around -C
			--older-than
			--keyless
			--index
			--yes
			--kdf
			--label
			--recovery
			--generate
			--timeout
			--help -h
			--version -V' -- "$cur")
	elif ((COMP_CWORD == 1)) && [[ ${COMP_WORDS[0]} != *@* ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'ask chat task batch tour serve list show search rename delete export import verify compact cache presets models doctor key setup help' -- "$cur")
	elif ((COMP_CWORD == 2)) && [[ ${COMP_WORDS[1]} == key ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'init status passwd add remove recovery unlock lock rotate set unset names' -- "$cur")
	fi
}

complete -F _atllama atllama @llama
