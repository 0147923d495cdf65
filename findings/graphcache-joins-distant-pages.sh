#!/usr/bin/env bash
# @urql/exchange-graphcache 9.0.2, `relayPagination`: does a page that begins in the middle of a list stand by itself?
#
# Guess: all pages of a field share one list in the cache, so it may be joined with others; the documentation does not
#        say that a hole is marked.
# Seen:  a query with `after: <cursor of row 50>` does not give the rows behind that cursor alone, but behind those of the
#        first page, which was asked before: rows 1 and 2, then 51 and 52, as one connection without a hole.
#
# So a link to the middle of a list must not use the cache that has its top.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @urql/core@6.0.3 @urql/exchange-graphcache@9.0.2 graphql@16.14.2 >/dev/null
cat > try.mjs <<'JS'
import { Client, fetchExchange, gql } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";

// A server with a hundred rows, whose cursors are their numbers.
const page = (after) => {
  const edges = [1, 2].map((step) => ({ __typename: "RowEdge", cursor: String(after + step), node: { __typename: "Row", id: String(after + step) } }));
  const pageInfo = { __typename: "PageInfo", endCursor: edges[1].cursor, startCursor: edges[0].cursor, hasNextPage: true, hasPreviousPage: after > 0 };
  return { rows: { __typename: "RowConnection", edges, pageInfo } };
};
const fetch = async (_, { body }) => {
  const data = page(Number(JSON.parse(body).variables.after ?? 0));
  return new Response(JSON.stringify({ data }), { headers: { "content-type": "application/json" } });
};
const exchanges = [cacheExchange({ resolvers: { Query: { rows: relayPagination() } } }), fetchExchange];
const client = new Client({ url: "http://localhost/graphql", fetch, preferGetMethod: false, exchanges });
const Rows = gql`query Rows($after: String) {
  rows(first: 2, after: $after) { edges { cursor node { id } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } }
}`;
const ids = async (after) => (await client.query(Rows, { after }).toPromise()).data.rows.edges.map(({ node }) => node.id).join();
console.log(await ids(undefined), await ids("50"));
JS
seen=$(node try.mjs)
echo "first page, then the page behind row 50: $seen"
[ "$seen" = "1,2 1,2,51,52" ]
