#!/usr/bin/env bash
# Serve the hub of HUB_DATA_DIR (or HUB_DATABASE_URL) on a free port and audit its /graphql.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/graphql_http

(cd "$here" && npm ci --loglevel=error --no-audit --no-fund --ignore-scripts)

export HUB_HOST=127.0.0.1
HUB_PORT=$(.venv/bin/python -c 'import socket
with socket.create_server(("127.0.0.1", 0)) as bound:
    print(bound.getsockname()[1])')
export HUB_PORT
address="http://$HUB_HOST:$HUB_PORT"

log=$(mktemp)
.venv/bin/hub serve >/dev/null 2>"$log" &
hub=$!
finish() {
  kill -INT "$hub" 2>/dev/null || true
  wait "$hub" || true
  rm -f "$log"
}
trap finish EXIT

for _ in $(seq 240); do
  kill -0 "$hub" 2>/dev/null || break
  .venv/bin/python -c "import sys, urllib.request
urllib.request.urlopen('$address/readyz', timeout=2)" 2>/dev/null && break
  sleep 0.5
done
kill -0 "$hub" 2>/dev/null || { cat "$log" >&2; exit 1; }

# The audits read the schema, which takes a staff token.
TOKEN=$(.venv/bin/hub user token audits --region 3520 --staff --days 1)
export TOKEN
node "$here/audit.js" "$address/graphql" || { tail -n 5 "$log" >&2; exit 1; }
