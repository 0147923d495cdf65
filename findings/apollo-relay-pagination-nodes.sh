#!/usr/bin/env bash
# Apollo Client, `relayStylePagination`: of connections that are asked for with `nodes`, only the newest page is kept.
#
# Relay's connections have `edges`; many servers offer `nodes` beside them, and clients like them for being shorter.
#
# Guess: pages are joined whichever of the two is asked for, or `nodes` alone is an error.
# Seen (@apollo/client 4.3.8): edges are joined; of `nodes` the cache holds those of the last page, without a word.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @apollo/client@4.3.8 graphql@16.14.2 rxjs@7.8.2 >/dev/null
cat >seen.mjs <<'JS'
import assert from "node:assert/strict";
import { gql, InMemoryCache } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";

const row = (id) => ({ __typename: "Row", id });
function kept(selection, page) {
  const cache = new InMemoryCache({ typePolicies: { Query: { fields: { rows: relayStylePagination() } } } });
  const query = gql(`query ($after: String) { rows(after: $after) { ${selection} pageInfo { hasNextPage endCursor } } }`);
  for (const [after, ids] of [[null, ["1", "2"]], ["2", ["3", "4"]]]) {
    const pageInfo = { __typename: "PageInfo", hasNextPage: after === null, endCursor: ids.at(-1) };
    const rows = { __typename: "RowConnection", ...page(ids), pageInfo };
    cache.writeQuery({ query, variables: { after }, data: { rows } });
  }
  return cache.readQuery({ query, variables: { after: null } }).rows;
}
const edges = kept("edges { cursor node { id } }", (ids) => ({
  edges: ids.map((id) => ({ __typename: "RowEdge", cursor: id, node: row(id) })),
})).edges.map(({ node }) => node.id);
const nodes = kept("nodes { id }", (ids) => ({ nodes: ids.map(row) })).nodes.map(({ id }) => id);
console.log("edges:", edges.join(" "), " nodes:", nodes.join(" "));
assert.deepEqual(edges, ["1", "2", "3", "4"]);
assert.deepEqual(nodes, ["3", "4"]);
JS
node seen.mjs
