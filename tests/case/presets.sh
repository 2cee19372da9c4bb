#!/bin/sh
# presets.sh ATLLAMA: the request of each preset, with a made-up value for each
# parameter and each key. presets.txt beside it was compared with the survey of
# hosts, row by row (2026-11-30).
set -eu
share=$(dirname "$1")/share/atllama/presets
[ -d "$share" ] || share=$(cd "$(dirname "$0")/../../share/presets" && pwd)
mkdir -p bin
printf '#!/bin/sh\necho a-token\n' >bin/gcloud
chmod 755 bin/gcloud
for file in "$share"/*; do
	name=$(basename "$file")
	printf '== %s\n' "$name"
	set -- "$1"
	for variable in $(sed -n 's/.*parameters *= *{\(.*\)}.*/\1/p' "$file" |
		grep -o '=[A-Z_][A-Z_0-9]*' | tr -d =); do
		set -- "$@" "$variable=value"
	done
	for variable in $(sed -n 's/.*key_env *= *//p' "$file" | tr -d '"'); do
		set -- "$@" "$variable=a-key"
	done
	program=$1
	shift
	env "$@" PATH="$PWD/bin:$PATH" "$program" --private -p "$name" \
		--dry-run -s '' hi 2>&1 || :
	set -- "$program"
done
