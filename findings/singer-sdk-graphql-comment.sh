#!/usr/bin/env bash
# singer-sdk, `GraphQLStream`: a comment in the query takes everything behind it away.
#
# Guess: the query is sent as it is written, so a `#` comment ends with its line.
# Seen (singer-sdk 0.54.9): the SDK makes one line of the query before it sends it, so the comment ends nowhere. A server
# is sent `query { rows { # the key id name } }`, which is no GraphQL; and where the comment stands behind the last
# bracket of a field, a shorter query that is valid would be answered with less than was asked for.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check singer-sdk==0.54.9 graphql-core==3.2.14
cat >"$scratch/seen.py" <<'PYTHON'
from graphql import GraphQLSyntaxError, parse
from singer_sdk import Tap
from singer_sdk.streams import GraphQLStream

QUERY = """query {
  rows { # the key
    id
    name
  }
}"""


class Rows(GraphQLStream):
    name = "rows"
    url_base = "http://127.0.0.1/"
    query = QUERY
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}


class Example(Tap):
    name = "tap-example"
    config_jsonschema = {"type": "object", "properties": {}}

    def discover_streams(self):
        return [Rows(self)]


parse(QUERY)
sent = Rows(Example(config={})).prepare_request_payload(None, None)["query"]
print("sent:", sent)
assert "\n" not in sent and "# the key id name" in sent
try:
    parse(sent)
except GraphQLSyntaxError as error:
    print("refused:", error.message)
else:
    raise SystemExit("it is valid")
PYTHON
"$scratch/venv/bin/python" "$scratch/seen.py"
