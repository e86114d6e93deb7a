#!/usr/bin/env bash
# Runs every test. What cannot run in `cargo test` alone (Python for the second opinion on documents and words, a real mail
# server) is installed through the system's package manager. Fails if a part was left out.
set -euo pipefail
cd "$(dirname "$0")/.."

install() { # install PACKAGE
  local sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}

need() { # need COMMAND PACKAGE
  command -v "$1" >/dev/null && return
  echo "installing $2 (for $1)"
  install "$2"
  command -v "$1" >/dev/null || { echo "$1 is missing and could not be installed" >&2; exit 1; }
}

need cc gcc
need python3 python3

# A real mail server, on a free port, that puts mails into a folder.
work=$(mktemp -d)
mail_server=""
trap '[ -z "$mail_server" ] || kill "$mail_server" 2>/dev/null || true; rm -rf "$work"' EXIT
python=python3
if ! python3 -c 'import aiosmtpd' 2>/dev/null; then
  echo "installing aiosmtpd (a mail server)"
  python3 -m venv "$work/python" && "$work/python/bin/pip" install --quiet aiosmtpd==1.4.6
  python="$work/python/bin/python"
fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$python" -m aiosmtpd --nosetuid --listen "127.0.0.1:$port" --class aiosmtpd.handlers.Mailbox "$work/mails" & mail_server=$!
for _ in $(seq 50); do
  python3 -c "import socket; socket.create_connection(('127.0.0.1', $port), 1)" 2>/dev/null && break
  sleep 0.2
done
export ASSISTLINE_TEST_SMTP="127.0.0.1:$port" ASSISTLINE_TEST_SMTP_MAILS="$work/mails"

cargo test --locked --no-run
ASSISTLINE_TESTS=all cargo test --locked -- "$@"
