// kitsu: a list by filter, include and sort in both spellings that it has, and the life of a collect.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import Kitsu from "kitsu";

const { WELL_URL: url, WELL_TOKEN: token } = process.env;

function connect(query) {
  const client = new Kitsu({
    baseURL: `${url}/v1`,
    headers: { Authorization: `Bearer ${token}` },
    query,
    // kitsu makes type and address from one name in one way. Types here are singular, in snake case: they stay as they are …
    pluralize: false,
    camelCaseTypes: false,
    resourceCase: "none",
  });
  // … and addresses are plural, in kebab case.
  client.interceptors.request.use((config) => ({ ...config, url: config.url.replace(/^\w+/, address) }));
  return client;
}

const address = (type) => (type === "people" ? type : `${type}s`).replaceAll("_", "-");

/** Every row of a list, page after page. The link has all parameters in it; kitsu wants them as an object. */
async function rows(client, type, params) {
  const found = [];
  let page = await client.get(type, { params });
  for (;;) {
    found.push(...page.data);
    if (!page.links.next) return found;
    const cursor = new URL(page.links.next, url).searchParams.get("cursor");
    page = await client.get(type, { params: { ...params, cursor } });
  }
}

// A name is repeated for each value of a list (`traditional`, which is the default), or written as `name[]` (`modern`).
const [traditional, modern] = [connect("traditional"), connect("modern")];
const params = {
  filter: { status: ["success", "error"], created_at: { lt: new Date().toISOString() } },
  include: ["workspace_connector.connector", "workspace_connector.person"],
  sort: ["-created_at", "duration_ms"],
  fields: { workspace_connector_sync_log: ["status", "error", "workspace_connector"], connector: ["name"] },
  limit: 100,
};
const [runs, again] = await Promise.all([traditional, modern].map((client) => rows(client, "workspace_connector_sync_log", params)));
assert.deepEqual(again, runs);
const { meta } = await modern.get("workspace_connector_sync_log", { params: { ...params, limit: 1, meta: { total: true } } });
assert(meta.total > 100);
assert.equal(new Set(runs.map(({ id }) => id)).size, meta.total);
// kitsu puts what is included where it belongs; there is none when the workspace connector was deleted.
const names = new Set(runs.flatMap((run) => run.workspace_connector.data?.connector.data.name ?? []));
assert(names.size > 10);
console.log(`${runs.length} runs of ${names.size} connectors ended`);

// What `or` joins is numbered.
const either = { filter: { or: { 0: { status: "error" }, 1: { provider: { starts_with: "link" } } } }, limit: 100 };
for (const { status, provider } of await rows(traditional, "collect", either)) {
  assert(status === "error" || provider.startsWith("link"));
}

// The same key and body again give the row that the first request made.
const key = { headers: { "Idempotency-Key": randomUUID() } };
const [task] = (await modern.get("task", { params: { limit: 1 } })).data;
const body = { provider: "linkedin", task: { data: { type: task.type, id: task.id } } };
const made = await modern.create("collect", body, key);
assert.equal((await modern.create("collect", body, key)).data.id, made.data.id);

// Null clears, also a relationship; what is left out stays.
const { id } = made.data;
const asRead = { headers: { "If-Match": made.headers.etag } };
const changed = await modern.update("collect", { id, status: "in_progress", task: { data: null } }, asRead);
assert.deepEqual([changed.data.status, changed.data.provider, changed.data.task], ["in_progress", "linkedin", {}]);

// Somebody has changed the row since it was read; what its state does not allow; what there is no parameter for.
await refused(412, { header: "If-Match" }, modern.update("collect", { id, provider: null }, asRead));
await refused(409, { pointer: "/data/attributes/status" }, modern.update("collect", { id, status: "todo" }));
await refused(400, { parameter: "filter[state]" }, modern.get("collect", { params: { filter: { state: "todo" } } }));

await modern.remove("collect", id);
await refused(404, undefined, modern.get(`collect/${id}`));
console.log("A collect was created, changed and deleted");

async function refused(status, source, asked) {
  await assert.rejects(asked, (error) => {
    assert.equal(error.response.status, status);
    assert.deepEqual(error.errors[0].source, source);
    return true;
  });
}
