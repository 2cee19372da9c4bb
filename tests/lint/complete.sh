#!/bin/sh
# complete.sh ROOT BUILD: what the completions offer, in bash and, where they
# are installed, in fish; zsh reads its own.
set -eu
cd "$1"
command -v bash >/dev/null || exit 77
PATH=$2:$PATH
HOME=$(mktemp -d)
trap 'rm -rf "$HOME"' EXIT
export PATH HOME
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME
mkdir -p "$HOME/.config/atllama/agents" "$HOME/.config/atllama/styles"
cat >"$HOME/.config/atllama/config" <<'.'
endpoint home { url = "http://127.0.0.1:1/v1" }
agent smith { endpoint = home }
.
: >"$HOME/.config/atllama/styles/curt.md"
bad=0
shells=bash
! command -v fish >/dev/null || shells="bash fish"

# in_bash WORDS...: what is offered for the last of them, a blank between each.
in_bash() {
	bash -c '. share/completions/atllama.bash
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_atllama
		echo "${COMPREPLY[*]}"' - "$@"
}

in_fish() {
	fish -N -c 'source share/completions/atllama.fish
		complete -C (string join " " -- $argv)' "$@" |
		cut -f 1 | tr '\n' ' '
}

# offers WORDS TYPED...: each of the words is offered, those behind a ! are not.
offers() {
	want=$1
	shift
	for shell in $shells; do
		case $shell in
		bash) got=$(in_bash "$@") ;;
		fish) got=$(in_fish "$@") ;;
		esac
		for word in $want; do
			case " $got " in
			*" ${word#!} "*) there=1 ;;
			*) there=0 ;;
			esac
			case $word:$there in
			'!'*:0 | [!!]*:1) ;;
			*)
				echo "$0: $shell: $*: \"$word\" in \"$got\"?"
				bad=1
				;;
			esac
		done
	done
}

offers 'task help !--json' atllama ''
offers '--json --no-pager !--jobs !--fork' atllama list --
offers '--fork --continue !--jobs !--keyless' atllama --
offers '--keyless !--fork' atllama verify --k
offers 'llama guide critic smith' atllama -a ''
offers 'ollama openrouter !home' atllama -p ''
offers 'home !ollama' atllama -e ''
offers 'concise curt' atllama --style ''
offers 'project-plan' atllama task -T ''
offers 'status rotate' atllama key ''
offers 'passphrase !recovery' atllama key init ''
offers 'recovery key-file' atllama key add ''
offers 'clear' atllama cache ''
offers 'ollama' atllama presets ''
offers 'batch' atllama help ''
offers 'never' atllama --color ''
offers 'LICENSE' atllama import L
offers 'LICENSE' atllama -f L
offers '--json !--jobs' @llama --
offers '!task' @llama ''
! command -v zsh >/dev/null || zsh -n share/completions/_atllama || bad=1
exit "$bad"
