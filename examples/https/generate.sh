#!/bin/sh
# Makes a CA, a server certificate and a client certificate in certs/ beside this script, for trying things out only.
set -eu
cd "$(dirname "$0")"
mkdir -p certs
cd certs

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 \
  -subj "/CN=example CA" -keyout ca-key.pem -out ca.pem 2>/dev/null

issue() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$1-key.pem" -out "$1.csr" 2>/dev/null
  printf 'subjectAltName=%s\n' "$3" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 365 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
  rm "$1.csr" "$1.ext"
}

issue server localhost "DNS:localhost,DNS:internal.localhost,IP:127.0.0.1"
issue client client "DNS:client"
echo "certificates are in $(pwd)"
