#!/bin/sh
# make-ca.sh DIR: certificates for tests, made on the spot and valid for a day.
#   ca.pem, cas/         an authority, as a file and as a hashed folder
#   other-ca.pem         another one
#   good.pem good.key    localhost, 127.0.0.1 and ::1; and 0.0.0.0, which leads
#                        to this machine and yet is not a loopback address
#   client.pem client.key   for a client
#   name.pem name.key    other.example
#   old.pem old.key      localhost and 127.0.0.1, expired
set -eu
dir=$1
mkdir -p "$dir/cas"
cd "$dir"

# authority NAME
authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		-nodes -keyout "$1.key" -out "$1.pem" -days 1 \
		-subj "/CN=$1 of the tests" \
		-addext "basicConstraints=critical,CA:TRUE" 2>/dev/null
}

# certificate NAME SUBJECT_ALT_NAMES DAYS
certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
		-keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>/dev/null
	printf 'subjectAltName=%s\n' "$2" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key \
		-CAcreateserial -days "$3" -extfile "$1.ext" \
		-out "$1.pem" 2>/dev/null
	rm "$1.csr" "$1.ext"
}

authority ca
authority other-ca
certificate good DNS:localhost,IP:127.0.0.1,IP:0.0.0.0,IP:0:0:0:0:0:0:0:1 1
certificate client DNS:client.example 1
certificate name DNS:other.example 1
certificate old DNS:localhost,IP:127.0.0.1 -1
cp ca.pem cas/
openssl rehash cas
