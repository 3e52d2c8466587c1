#!/usr/bin/env bash
# Makes .cache/keycloak/server, a Keycloak with the realm of realm.json in its database, from the distribution on Maven
# Central. Safe to run again. Java 17 or later runs it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${KEYCLOAK_CACHE:-$here/../../.cache/keycloak}
version=26.7.3
sum=27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f
stamp=$cache/ready-$version-$(sha256sum "$here/realm.json" "$here/setup.sh" | sha256sum | cut -c1-12)
[ -e "$stamp" ] && exit 0

mkdir -p "$cache"
zip=$cache/keycloak-$version.zip
if [ ! -e "$zip" ]; then
  curl -fsS --retry 3 -o "$zip.part" \
    "https://repo1.maven.org/maven2/org/keycloak/keycloak-quarkus-dist/$version/keycloak-quarkus-dist-$version.zip"
  mv "$zip.part" "$zip"
fi
echo "$sum  $zip" | sha256sum --check --quiet
rm -rf "$cache/server" "$cache/keycloak-$version" "$cache"/ready-*
python3 -m zipfile -e "$zip" "$cache"
mv "$cache/keycloak-$version" "$cache/server"

export KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=admin
kc() { bash "$cache/server/bin/kc.sh" "$@"; }
kc build --db=dev-file --features=jwt-authorization-grant,identity-assertion-jwt >"$cache/setup.log" 2>&1
kc import --optimized --file "$here/realm.json" >>"$cache/setup.log" 2>&1
touch "$stamp"
