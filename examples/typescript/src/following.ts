// Following: what becomes of sync logs, as it happens, and what happened while nobody followed.
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import type { Client } from "./client.js";
import { graphql } from "./gql/index.js";
import type { SyncLogChangesSubscription } from "./gql/graphql.js";
import { sync } from "./writing.js";

const SyncLogChanges = graphql(`
  subscription SyncLogChanges($after: String) {
    workspaceConnectorSyncLogChanged(after: $after) {
      kind
      id
      cursor
      node {
        status
      }
    }
  }
`);

type Change = SyncLogChangesSubscription["workspaceConnectorSyncLogChanged"];

/** What becomes of sync logs, from now on or after a cursor. */
async function* changes({ url, token }: Client, after?: string): AsyncGenerator<Change> {
  const socket = createClient({
    url: `${url.replace(/^http/, "ws")}/graphql/ws`,
    connectionParams: { authorization: `Bearer ${token}` },
    webSocketImpl: WebSocket,
    // A socket that came back by itself would ask the same again and miss what happened meanwhile. Whoever follows
    // asks for what came after the last cursor instead.
    retryAttempts: 0,
  });
  try {
    const query = SyncLogChanges.toString();
    const variables = after === undefined ? {} : { after };
    for await (const { data, errors } of socket.iterate<SyncLogChangesSubscription>({ query, variables })) {
      if (errors) throw new AggregateError(errors, "The subscription failed.");
      if (data) yield data.workspaceConnectorSyncLogChanged;
    }
    throw new Error("The server ended the subscription.");
  } finally {
    await socket.dispose();
  }
}

/** Follows runs, and later learns of one that was made while nobody followed. */
export async function follow(service: Client): Promise<void> {
  // What happens before the subscription stands is not told, so runs are made until one is.
  const following = changes(service);
  let told: Change | undefined;
  const first = following.next().then(({ value }) => (told = value));
  while (!told) await Promise.race([first, sync(service)]);
  await following.return(undefined);
  console.log(`Followed a run: ${told.kind}, ${told.node?.status}`);

  const missed = await sync(service);
  for await (const { id, node } of changes(service, told.cursor)) {
    if (id === missed && node?.status === "SUCCESS") break;
  }
  console.log("Caught up with the run that was made meanwhile");
}
