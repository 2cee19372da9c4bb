# bash completion for atllama. Made from the table of options; a test
# compares the two.
# shellcheck shell=bash

_atllama_names()
{
	sh -c '
	case $1 in
	agent)
		printf "%s\n" llama guide coder critic writer
		ls "${XDG_CONFIG_HOME:-$HOME/.config}/atllama/agents"
		sed -n "s/^[[:blank:]]*agent[[:blank:]][[:blank:]]*\([A-Za-z][A-Za-z0-9_-]*\).*/\1/p" "${XDG_CONFIG_HOME:-$HOME/.config}/atllama/config" ;;
	style)
		printf "%s\n" assistant collaborative concise educational professional
		ls "${XDG_CONFIG_HOME:-$HOME/.config}/atllama/styles" | sed "s/[.]md$//" ;;
	preset)
		atllama presets |
			sed -n "/^Of your/q; s/^  \([^ ]*\).*/\1/p" ;;
	endpoint)
		atllama presets | sed -n "/^Of your/,/^$/s/^  \([^ ]*\).*/\1/p" ;;
	template)
		atllama task --list |
			sed -n "s/^\([^ ][^ ]*\).*/\1/p" ;;
	esac 2>/dev/null' - "$1"
}

_atllama_paths()
{
	mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
	compopt -o filenames 2>/dev/null
}

# The values of an option before the word; false when there is none.
_atllama_values()
{
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
		_atllama_paths -f
		return ;;
	--out)
		_atllama_paths -d
		return ;;
	-m|--model|\
	-s|--system|\
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
	-a|--agent) words=$(_atllama_names agent) ;;
	-e|--endpoint) words=$(_atllama_names endpoint) ;;
	-p|--preset) words=$(_atllama_names preset) ;;
	--style) words=$(_atllama_names style) ;;
	--color) words='auto always never' ;;
	--reasoning) words='show hide summary' ;;
	-T|--template) words=$(_atllama_names template) ;;
	--role) words='user assistant' ;;
	--kdf) words='default low-memory high minimal' ;;
	*) return 1 ;;
	esac
}

_atllama()
{
	local cur=${COMP_WORDS[COMP_CWORD]}
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	local verb=none words=

	COMPREPLY=()
	if [[ ${COMP_WORDS[0]} != *@* ]] && ((COMP_CWORD > 1)); then
		case ${COMP_WORDS[1]} in
		ask|chat|task|batch|tour|serve|list|show|search|rename|delete|export|import|verify|compact|cache|presets|models|doctor|key|setup|help) verb=${COMP_WORDS[1]} ;;
		esac
	fi
	if _atllama_values; then
		:
	elif [[ $cur == -* ]]; then
		case $verb in
		none) words=' --continue -c --resume -r --fork --private --no-memory --agent -a --endpoint -e --preset -p --model -m --system -s --style --language --temperature -t --max-tokens -n --top-p --seed --stop --presence-penalty --frequency-penalty --images --param --file -f --script --no-stdin --output -o --json --jsonl --schema --no-stream --raw --plain --color --reasoning --no-pager --safe --unsafe --check --cache --dry-run --strict --quiet -q --verbose -v --api-key-command --header --auth-header --cacert --cert --key --pin --proxy --http1.1 --insecure-http --connect-timeout --first-byte-timeout --idle-timeout --retries --record --replay --replay-speed --passphrase-fd --key-file --allow-kdf --yes --help -h --version -V' ;;
		ask) words=' --continue -c --resume -r --fork --private --no-memory --agent -a --endpoint -e --preset -p --model -m --system -s --style --language --temperature -t --max-tokens -n --top-p --seed --stop --presence-penalty --frequency-penalty --images --param --file -f --no-stdin --output -o --json --jsonl --schema --no-stream --raw --plain --color --reasoning --no-pager --safe --unsafe --check --cache --dry-run --strict --quiet -q --verbose -v --api-key-command --header --auth-header --cacert --cert --key --pin --proxy --http1.1 --insecure-http --connect-timeout --first-byte-timeout --idle-timeout --retries --record --replay --replay-speed --passphrase-fd --key-file --allow-kdf --help -h --version -V' ;;
		chat) words=' --continue -c --resume -r --fork --private --no-memory --agent -a --endpoint -e --preset -p --model -m --system -s --style --language --temperature -t --max-tokens -n --top-p --seed --stop --presence-penalty --frequency-penalty --images --param --file -f --script --no-stdin --no-stream --raw --plain --color --reasoning --no-pager --safe --unsafe --cache --strict --quiet -q --verbose -v --api-key-command --header --auth-header --cacert --cert --key --pin --proxy --http1.1 --insecure-http --connect-timeout --first-byte-timeout --idle-timeout --retries --record --replay --replay-speed --passphrase-fd --key-file --allow-kdf --yes --help -h --version -V' ;;
		task) words=' --resume -r --private --no-memory --agent -a --endpoint -e --preset -p --model -m --system -s --style --language --temperature -t --max-tokens -n --top-p --seed --stop --presence-penalty --frequency-penalty --images --param --file -f --no-stdin --output -o --json --no-stream --raw --plain --color --reasoning --safe --unsafe --cache --strict --quiet -q --verbose -v --api-key-command --header --auth-header --cacert --cert --key --pin --proxy --http1.1 --insecure-http --connect-timeout --first-byte-timeout --idle-timeout --retries --record --replay --replay-speed --jobs --template -T --set --list --out --plan-only --assume --rounds --steps --token-limit --time-limit --passphrase-fd --key-file --allow-kdf --yes --help -h --version -V' ;;
		batch) words=' --resume -r --private --agent -a --endpoint -e --preset -p --model -m --system -s --style --temperature -t --max-tokens -n --top-p --seed --stop --presence-penalty --frequency-penalty --param --output -o --no-stream --cache --strict --quiet -q --verbose -v --api-key-command --header --auth-header --cacert --cert --key --pin --proxy --http1.1 --insecure-http --connect-timeout --first-byte-timeout --idle-timeout --retries --as-completed --save --provider --collect --jobs --passphrase-fd --key-file --allow-kdf --help -h --version -V' ;;
		tour) words=' --private --script --raw --plain --color --reasoning --no-pager --safe --unsafe --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --yes --help -h --version -V' ;;
		serve) words=' --private --agent -a --endpoint -e --preset -p --model -m --system -s --style --temperature -t --max-tokens -n --top-p --seed --stop --presence-penalty --frequency-penalty --param --cache --strict --quiet -q --verbose -v --api-key-command --header --auth-header --cacert --cert --key --pin --proxy --http1.1 --insecure-http --connect-timeout --first-byte-timeout --idle-timeout --retries --listen --token-file --allow-host --allow-origin --insecure-listen --jobs --max-connections --grace --passphrase-fd --key-file --allow-kdf --help -h --version -V' ;;
		list) words=' --json --raw --plain --color --no-pager --safe --unsafe --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --help -h --version -V' ;;
		show) words=' --json --raw --plain --color --no-pager --safe --unsafe --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --last --help -h --version -V' ;;
		search) words=' --agent -a --json --plain --color --no-pager --safe --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --since --until --role --around -C --help -h --version -V' ;;
		rename) words=' --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --last --help -h --version -V' ;;
		delete) words=' --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --last --older-than --yes --help -h --version -V' ;;
		export) words=' --output -o --json --jsonl --html --safe --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --last --help -h --version -V' ;;
		import) words=' --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --help -h --version -V' ;;
		verify) words=' --json --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --keyless --help -h --version -V' ;;
		compact) words=' --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --index --help -h --version -V' ;;
		cache) words=' --json --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --help -h --version -V' ;;
		presets) words=' --json --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --help -h --version -V' ;;
		models) words=' --agent -a --endpoint -e --preset -p --model -m --json --quiet -q --verbose -v --api-key-command --header --auth-header --cacert --cert --key --pin --proxy --http1.1 --insecure-http --connect-timeout --first-byte-timeout --idle-timeout --retries --record --replay --replay-speed --passphrase-fd --key-file --allow-kdf --help -h --version -V' ;;
		doctor) words=' --agent -a --endpoint -e --preset -p --model -m --json --quiet -q --verbose -v --api-key-command --header --auth-header --cacert --cert --key --pin --proxy --http1.1 --insecure-http --connect-timeout --first-byte-timeout --idle-timeout --retries --passphrase-fd --key-file --allow-kdf --help -h --version -V' ;;
		key) words=' --json --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --yes --kdf --label --recovery --generate --timeout --help -h --version -V' ;;
		setup) words=' --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --help -h --version -V' ;;
		help) words=' --quiet -q --verbose -v --passphrase-fd --key-file --allow-kdf --help -h --version -V' ;;
		esac
	elif ((COMP_CWORD > 1)); then
		case $COMP_CWORD:$verb:${COMP_WORDS[2]} in
		2:key:*) words='init status passwd add remove recovery unlock lock rotate set unset names' ;;
		3:key:init) words='passphrase key-file both' ;;
		3:key:add) words='passphrase key-file both recovery' ;;
		2:cache:*) words='status clear' ;;
		2:presets:*) words=$(_atllama_names preset) ;;
		2:help:*) words='ask chat task batch tour serve list show search rename delete export import verify compact cache presets models doctor key setup help' ;;
		*:batch:*|*:import:*) _atllama_paths -f; return ;;
	esac
	elif [[ ${COMP_WORDS[0]} != *@* ]]; then
		words='ask chat task batch tour serve list show search rename delete export import verify compact cache presets models doctor key setup help'
	fi
	[[ -z $words ]] ||
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _atllama atllama @llama
