#!/bin/sh
# Makes the key that the gateway signs with.
set -eu
cd "$(dirname "$0")"
mkdir -p certs
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out certs/signing-key.pem
