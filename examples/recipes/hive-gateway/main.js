// Asks the API through the gateway, as any client would: a list page by page, refusals, and a subscription.
import assert from "node:assert/strict";

const url = `http://127.0.0.1:${process.env.PORT}/graphql`;
const token = process.env.WELL_TOKEN_MEMBER;
// An event that never comes would be waited for without end.
setTimeout(() => process.exit(1), 60_000).unref();

function post(accept, query, variables, authorization = `Bearer ${token}`) {
  const headers = { "content-type": "application/json", accept, authorization };
  return fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
}

const ask = async (...asked) => (await post("application/json", ...asked)).json();

const ids = new Set();
let page;
do {
  const { data, errors } = await ask(
    `query ($after: String) {
      workspaceConnectorSyncLogs(first: 100, after: $after, filter: { status: { eq: ERROR } }) {
        totalCount nodes { id } pageInfo { hasNextPage endCursor }
      }
    }`,
    { after: page?.pageInfo.endCursor },
  );
  assert.equal(errors, undefined);
  page = data.workspaceConnectorSyncLogs;
  page.nodes.forEach(({ id }) => ids.add(id));
} while (page.pageInfo.hasNextPage);
assert.equal(ids.size, page.totalCount);
console.log(`${ids.size} failed runs`);

const code = ({ errors }) => errors[0].extensions.code;
assert.equal(code(await ask("{ viewer { rolle } }")), "GRAPHQL_VALIDATION_FAILED");
assert.equal(code(await ask("{ viewer { role } }", {}, "Bearer nobody")), "UNAUTHENTICATED");
assert.equal(code(await ask("{ apiKeys { totalCount } }")), "FORBIDDEN");

// The gateway follows by an event stream of the same address, and gives one.
const stream = await post("text/event-stream", "subscription { collectChanged { kind id } }");
assert.match(stream.headers.get("content-type"), /^text\/event-stream/);
const create = "mutation { createCollect(input: { provider: null }) { collect { id } userErrors { code message } } }";
const making = setInterval(async () => assert.deepEqual((await ask(create)).data.createCollect.userErrors, []), 200);
let text = "";
for await (const chunk of stream.body.pipeThrough(new TextDecoderStream())) {
  text += chunk;
  const [, data] = /^data: (.+)\n/m.exec(text) ?? [];
  if (!data) continue;
  assert.equal(JSON.parse(data).data.collectChanged.kind, "CREATED");
  break;
}
clearInterval(making);
console.log("Followed");
process.exit();
