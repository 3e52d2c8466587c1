#!/bin/sh
# Makes the test certificates: three authorities, servers for a.test, *.wild.test and 127.0.0.1, and a client.
set -e
cd "$(dirname "$0")"
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj "/O=Waygate tests/CN=$1" -keyout "$1.key" -out "$1.pem"
}
leaf() { # name, subject, subject alternative names, authority
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$1.key" -out "$1.csr"
  printf 'subjectAltName=%s\n' "$3" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$4.pem" -CAkey "$4.key" -CAcreateserial -days 36500 -extfile "$1.ext" -out "$1.pem"
  rm "$1.csr" "$1.ext"
}
authority ca
authority other-ca
authority minting-ca
leaf a /CN=a.test DNS:a.test ca
leaf wild /CN=wild.test 'DNS:*.wild.test' ca
leaf local /CN=local 'DNS:localhost,IP:127.0.0.1,URI:spiffe://test/server' ca
leaf client '/O=Clients/CN=client one' 'DNS:client.test,URI:spiffe://test/client' ca
leaf stranger /CN=stranger DNS:stranger.test other-ca
rm ca.key other-ca.key ca.srl other-ca.srl
