// Reading: a list, every page of one, and a filter.
import assert from "node:assert/strict";
import { type Client, everyRow } from "./client.js";
import { graphql } from "./gql/index.js";
import type { WorkspaceConnectorSyncLogFilter } from "./gql/graphql.js";

const ConnectorList = graphql(`
  query ConnectorList {
    viewer {
      role
      workspace {
        name
      }
    }
    workspaceConnectors(first: 5, orderBy: [{ field: CREATED_AT, direction: ASC }]) {
      totalCount
      nodes {
        id
        connectionState
        connector {
          name
        }
        latestSyncLog {
          status
          durationMs
        }
      }
    }
  }
`);

export const SyncLogPage = graphql(`
  query SyncLogPage($after: String, $filter: WorkspaceConnectorSyncLogFilter) {
    workspaceConnectorSyncLogs(first: 100, after: $after, filter: $filter) {
      totalCount
      nodes {
        id
        status
        createdAt
        error
        metadata
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** The first connectors, each with its state and its newest run. */
export async function list(client: Client): Promise<void> {
  const { viewer, workspaceConnectors } = await client.ask(ConnectorList);
  assert(workspaceConnectors);
  console.log(`As ${viewer.role} of ${viewer.workspace.name}: ${workspaceConnectors.totalCount} connectors, such as`);
  for (const { connector, connectionState, latestSyncLog } of workspaceConnectors.nodes) {
    console.log(`  ${connector?.name ?? "(gone)"}: ${connectionState}, last run ${latestSyncLog?.status ?? "never"}`);
  }
}

/** Every sync log, however many pages that takes. */
export async function pageThroughEverything(client: Client): Promise<void> {
  const seen = new Set<string>();
  let total = 0;
  let pages = 0;
  const rows = everyRow(async (after) => {
    const { workspaceConnectorSyncLogs: page } = await client.ask(SyncLogPage, { after });
    total = page?.totalCount ?? 0;
    pages += 1;
    return page;
  });
  for await (const { id } of rows) seen.add(id);
  assert(pages > 1);
  assert.equal(seen.size, total);
  console.log(`Paged through ${seen.size} sync logs on ${pages} pages, each seen once`);
}

/** The runs of the last 30 days that failed. */
export async function filter(client: Client): Promise<void> {
  const since = new Date(Date.now() - 30 * 86_400_000).toISOString();
  const failedLately: WorkspaceConnectorSyncLogFilter = { status: { eq: "ERROR" }, createdAt: { gte: since } };
  const { workspaceConnectorSyncLogs: page } = await client.ask(SyncLogPage, { filter: failedLately });
  assert(page && page.nodes.length > 0);
  for (const { status, createdAt } of page.nodes) {
    assert.equal(status, "ERROR");
    assert(new Date(createdAt) >= new Date(since));
  }
  console.log(`${page.totalCount} runs failed in the last 30 days, the newest with: ${page.nodes[0]?.error}`);
}
