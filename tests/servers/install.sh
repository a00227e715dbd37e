#!/usr/bin/env bash
# Installs what the tests' servers come from, where the system is Debian's and we are root; else says what is missing.
set -euo pipefail

missing=()
need() { # need PACKAGE TEST…: note the package unless the test holds
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

has_jdk() { compgen -G '/usr/lib/jvm/*/bin/javac' >/dev/null; }
has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_fonts() { compgen -G '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' >/dev/null; }
has_docker() { timeout 10 docker info; }

[ -n "${SERENDIPITY_TEST_POSTGRES_URL:-}" ] || need postgresql has_postgres
[ -n "${SERENDIPITY_TEST_CHROMIUM:-}" ] || need chromium command -v chromium
need fonts-dejavu-core has_fonts
need docker-compose command -v docker-compose
if [ -z "${SERENDIPITY_TEST_NEO4J_URI:-}" ] && ! has_docker >/dev/null 2>&1; then
  need openjdk-17-jdk-headless has_jdk
  need maven command -v mvn
fi

[ "${#missing[@]}" -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Some tests will be skipped; to run them all, install: ${missing[*]}" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq </dev/null
apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
