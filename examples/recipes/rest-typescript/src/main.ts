// The failed runs with their connectors, and the life of a collect.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { accepted, changeAsRead, connect, pages, Refused, type Well } from "./client.js";
import type { components, paths } from "./well.js";

const RUNS = "/v1/workspace-connector-sync-logs";
const COLLECT = "/v1/collects/{id}";

type Run = components["schemas"]["workspace_connector_sync_log"];
// `GET` takes names that it does not know, so `satisfies` has to find them.
type Query = NonNullable<paths[typeof RUNS]["get"]["parameters"]["query"]>;
type Included = NonNullable<components["schemas"]["workspace_connector_sync_log_list"]["included"]>[number];

/** Every run that failed, the latest first, with the name of its connector. */
async function failedRuns(well: Well): Promise<Map<string, { run: Run; connector: string | undefined }>> {
  const query = {
    "filter[status]": ["error"],
    include: ["workspace_connector.connector"],
    sort: ["-created_at"],
    limit: 100,
    "meta[total]": true,
  } satisfies Query;
  const found = new Map<string, { run: Run; connector: string | undefined }>();
  let [rows, total]: [number, number | undefined] = [0, undefined];
  const first = well.GET(RUNS, { params: { query } });
  // The link has the parameters in it, and is answered as the list is.
  const follow = (next: string) => well.GET(next as typeof RUNS);
  for await (const page of pages(first, follow)) {
    const included = page.included ?? [];
    for (const run of page.data) {
      // Null when the workspace connector was deleted.
      const used = included.find((row) => is("workspace_connector", row, run.relationships?.workspace_connector?.data));
      const connector = included.find((row) => is("connector", row, used?.relationships?.connector?.data));
      found.set(run.id, { run, connector: connector?.attributes?.name });
    }
    rows += page.data.length;
    total = page.meta?.total ?? total;
  }
  assert.equal(rows, total);
  assert.equal(found.size, total, "every row comes once");
  return found;
}

/** Whether an included row is of this type, and the one that a relationship leads to. */
function is<Type extends Included["type"]>(
  type: Type,
  row: Included,
  link: { id: string } | null | undefined,
): row is Extract<Included, { type: Type }> {
  return row.type === type && row.id === link?.id;
}

async function writing(well: Well): Promise<void> {
  // The same key and body again give the row that the first request made.
  const header = { "Idempotency-Key": randomUUID() };
  const body = { data: { type: "collect" as const, attributes: { provider: "linkedin" } } };
  const create = async () => accepted(await well.POST("/v1/collects", { params: { header }, body })).data;
  const { id, type } = await create();
  assert.equal((await create()).id, id);

  const params = { path: { id } };
  const patch = (status: "in_progress" | "finalized", header = {}) =>
    well.PATCH(COLLECT, { params: { ...params, header }, body: { data: { type, id, attributes: { status } } } });

  // Somebody else changes the row between reading and writing it: 412, so it is read and changed again.
  let readings = 0;
  const changed = await changeAsRead(
    () => well.GET(COLLECT, { params }),
    async ({ data }, header) => {
      readings += 1;
      if (data.attributes?.status === "todo") accepted(await patch("in_progress"));
      return patch("finalized", header);
    },
  );
  assert.deepEqual([changed.data.attributes?.status, readings], ["finalized", 2]);

  // What its state does not allow is no matter of who was faster: 409.
  await assert.rejects(patch("in_progress").then(accepted), (error: unknown) => {
    assert(error instanceof Refused);
    assert.deepEqual([error.status, error.code], [409, "INVALID_STATE"]);
    assert.equal(error.errors[0]?.source?.pointer, "/data/attributes/status");
    return true;
  });

  accepted(await well.DELETE(COLLECT, { params }));
  assert.equal((await well.GET(COLLECT, { params })).response.status, 404);
}

const { WELL_URL: url, WELL_TOKEN: token } = process.env;
assert(url && token, "WELL_URL and WELL_TOKEN say where and as whom");
const well = connect(url, token);

const runs = await failedRuns(well);
const connectors = new Set([...runs.values()].flatMap(({ connector }) => connector ?? []));
assert(runs.size > 100 && connectors.size > 10);
console.log(`${runs.size} runs of ${connectors.size} connectors failed`);
await writing(well);
console.log("A collect was created, changed and deleted");
