# Read by the `check` of each recipe, in its folder: what they share.
shopt -s inherit_errexit
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The environment of the recipes in Python.
python_environment() {
  local environment=$PWD/../../../target/recipes
  ../../../tools/venv "$environment" ../requirements.txt
  export PATH=$environment/bin:$PATH PYTHONDONTWRITEBYTECODE=1
}

# The packages of a recipe in JavaScript.
node_packages() {
  [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error
}

# How many sync logs have ended.
ended() {
  curl -sSf "$WELL_URL/graphql" -H 'content-type: application/json' -H "authorization: Bearer $WELL_TOKEN_MEMBER" \
    -d '{"query":"{ workspaceConnectorSyncLogs(first: 1, filter: { status: { in: [SUCCESS, ERROR] } }) { totalCount } }"}' |
    grep -o '[0-9]\+'
}

# copied <ids, one a line, from standard input>: each sync log that has ended was copied once.
copied() {
  local ids lines
  ids=$(cat)
  lines=$(wc -l <<<"$ids")
  [ "$lines" = "$(ended)" ] && [ "$lines" -gt 100 ] && [ "$lines" = "$(sort -u <<<"$ids" | wc -l)" ] ||
    { echo "$(ended) sync logs are wanted, $lines were copied" >&2; return 1; }
  echo "$lines sync logs copied"
}

# red <word> <command…>: the command fails, and says the word.
red() {
  local word=$1
  shift
  if "$@" >"$scratch/red" 2>&1; then
    echo "it ended well: $*" >&2
    return 1
  fi
  grep -q -- "$word" "$scratch/red" || { tail -n 5 "$scratch/red" >&2; return 1; }
}
