#!/usr/bin/env bash
# Runs every test. What cannot run in `cargo test` alone (Python for the second opinion on documents and words) is installed
# through the system's package manager. Fails if a part was left out.
set -euo pipefail
cd "$(dirname "$0")/.."

need() { # need COMMAND PACKAGE
  command -v "$1" >/dev/null && return
  echo "installing $2 (for $1)"
  local sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends "$2" >/dev/null
  command -v "$1" >/dev/null || { echo "$1 is missing and could not be installed" >&2; exit 1; }
}

need cc gcc
need python3 python3
cargo test --locked --no-run
# Every document of the written calls, as a provider gets it, before a second judge.
exchanges="$(mktemp -d)"
trap 'rm -rf "$exchanges"' EXIT
cargo run --locked --quiet -- replay --words-as-given --provider twilio --save "$exchanges" \
  tests/data/replay/*.json tests/data/corpora/scenarios/*.json
PYTHONDONTWRITEBYTECODE=1 python3 tests/tools/check_exchanges.py "$exchanges"

cargo test --locked -- "$@"
