// Writing: the life of a sync log, as the pipeline leads it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { accepted, type Client } from "./client.js";
import { graphql } from "./gql/index.js";

const SomeConnector = graphql(`
  query SomeConnector {
    workspaceConnectors(first: 1, filter: { connectionState: { eq: CONNECTED } }) {
      nodes {
        id
      }
    }
  }
`);

export const Schedule = graphql(`
  mutation Schedule($input: CreateWorkspaceConnectorSyncLogInput!) {
    createWorkspaceConnectorSyncLog(input: $input) {
      workspaceConnectorSyncLog {
        id
        status
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

export const Start = graphql(`
  mutation Start($id: ID!) {
    startWorkspaceConnectorSyncLog(input: { id: $id }) {
      changed
      workspaceConnectorSyncLog {
        status
        startedAt
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

const Succeed = graphql(`
  mutation Succeed($input: MarkWorkspaceConnectorSyncLogSuccessInput!) {
    markWorkspaceConnectorSyncLogSuccess(input: $input) {
      changed
      workspaceConnectorSyncLog {
        status
        durationMs
        recordsSynced
        metadata
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

/** A workspace connector that syncs. */
export async function someConnector(client: Client): Promise<string> {
  const { workspaceConnectors } = await client.ask(SomeConnector);
  const id = workspaceConnectors?.nodes[0]?.id;
  assert(id);
  return id;
}

/** Schedules a run, starts it and ends it well. Answers the id of its log. */
export async function sync(client: Client): Promise<string> {
  const input = {
    workspaceConnectorId: await someConnector(client),
    triggerType: "MANUAL",
    idempotencyKey: randomUUID(),
  } as const;
  // With its idempotency key the call may be repeated; the second one answers what the first one made.
  const schedule = await client.ask(Schedule, { input }, { repeatable: true });
  const log = accepted(schedule.createWorkspaceConnectorSyncLog).workspaceConnectorSyncLog;
  assert(log);

  const start = await client.ask(Start, { id: log.id });
  assert.equal(accepted(start.startWorkspaceConnectorSyncLog).workspaceConnectorSyncLog?.status, "IN_PROGRESS");

  const end = await client.ask(Succeed, { input: { id: log.id, metadata: { records_synced: 12, cursor: null } } });
  const { changed, workspaceConnectorSyncLog: ended } = accepted(end.markWorkspaceConnectorSyncLogSuccess);
  assert(changed && ended);
  assert.equal(ended.recordsSynced, 12);
  console.log(`A run was scheduled, started and ended: ${ended.status} after ${ended.durationMs} ms`);
  return log.id;
}
