// graphql-sse: queries, mutations and subscriptions at one address, each as an event stream.
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { pipeline } from "node:stream";
import { createClient } from "graphql-sse";

const { WELL_URL: url, WELL_TOKEN_MEMBER: token } = process.env;
const CREATE = "mutation { createCollect(input: { provider: null }) { collect { id } userErrors { code message } } }";
const FOLLOW = "subscription ($after: String) { collectChanged(after: $after) { kind id cursor } }";
// An event that never comes would be waited for without end.
setTimeout(() => process.exit(1), 60_000).unref();

const client = createClient({ url: `${url}/graphql`, headers: { authorization: `Bearer ${token}` } });

/** The one answer of a query or mutation. */
async function ask(query, variables) {
  for await (const { data, errors } of client.iterate({ query, variables })) {
    if (errors) throw new AggregateError(errors, errors[0].message);
    return data;
  }
}

const create = async () => (await ask(CREATE)).createCollect.collect.id;

const rows = [];
let page;
do {
  page = (
    await ask(
      `query ($after: String) {
        workspaceConnectorSyncLogs(first: 100, after: $after, filter: { status: { eq: ERROR } }) {
          totalCount nodes { id } pageInfo { hasNextPage endCursor }
        }
      }`,
      { after: page?.pageInfo.endCursor },
    )
  ).workspaceConnectorSyncLogs;
  rows.push(...page.nodes);
} while (page.pageInfo.hasNextPage);
assert.equal(new Set(rows.map(({ id }) => id)).size, page.totalCount);
console.log(`${rows.length} failed runs`);
await assert.rejects(ask("{ viewer { rolle } }"), /rolle/);

// A stream that was cut off is asked for again by the library, with the same variables: with the cursor of the last
// change in them, nothing is missed. Here a proxy cuts it off after each change.
const variables = {};
const cut = await cutting();
const following = createClient({ url: cut.url, headers: { authorization: `Bearer ${token}` }, retryAttempts: 100 });
const told = [];
const made = [];
let enough = false;
const making = (async () => {
  while (!enough) made.push(await create());
})();
for await (const { data, errors } of following.iterate({ query: FOLLOW, variables })) {
  assert.equal(errors, undefined);
  variables.after = data.collectChanged.cursor;
  told.push(data.collectChanged.id);
  cut.now();
  if (told.length === 3) break;
}
enough = true;
await making;
assert(cut.times() > 1);
const start = made.indexOf(told[0]);
assert(start >= 0);
assert.deepEqual(told, made.slice(start, start + told.length));
console.log(`Followed ${told.length} changes over ${cut.times()} connections without missing one`);
process.exit();

/** A way to the server that can be cut. */
async function cutting() {
  let times = 0;
  const open = [];
  const server = createServer((incoming, outgoing) => {
    times += 1;
    open.push(outgoing);
    const onward = request(`${url}${incoming.url}`, { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      pipeline(answer, outgoing, () => {});
    });
    pipeline(incoming, onward, () => {});
    outgoing.on("close", () => onward.destroy());
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${server.address().port}/graphql`,
    now: () => open.splice(0).forEach((answer) => answer.destroy()),
    times: () => times,
  };
}
