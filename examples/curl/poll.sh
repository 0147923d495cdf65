#!/usr/bin/env bash
# Asks again and again, and takes an answer only when it has changed, as browsers do by themselves:
#   examples/curl/poll.sh http://127.0.0.1:8080 <token> [times]
# The tag of the answer goes back in If-None-Match. While the answer is still true the server says 304, without a body,
# and mostly without asking its database. There is nothing to guess: no time to live, and a change is in the next answer.
set -euo pipefail
base=${1:?the address of the server} token=${2:?a token} times=${3:-10}
query='{ workspaceConnectors(first: 100) { nodes { id status lastSuccessfulSyncAt connector { name } } } }'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for ((i = 0; i < times; i++)); do
  status=$(curl -sS --compressed --get "$base/graphql" --data-urlencode "query=$query" -H "authorization: Bearer $token" \
    --etag-compare "$folder/tag" --etag-save "$folder/tag" -o "$folder/answer" -w '%{http_code}')
  case $status in
    200) echo "200  $(grep -o '"name"' "$folder/answer" | wc -l) connectors" ;;
    304) echo "304" ;;
    *) cat "$folder/answer" >&2; exit 1 ;;
  esac
  sleep "${POLL_SECONDS:-1}"
done
