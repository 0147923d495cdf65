// Following: a copy of all sync logs, what becomes of them as it happens, and what happened while nobody followed.
import assert from "node:assert/strict";
import { createClient, type Client as Socket } from "graphql-ws";
import { WebSocket } from "ws";
import { type Client, everyRow } from "./client.js";
import { graphql } from "./gql/index.js";
import type { SyncLogChangesSubscription, SyncLogChangesSubscriptionVariables } from "./gql/graphql.js";
import { SyncLogPage } from "./reading.js";
import { sync } from "./writing.js";

const ChangeCursor = graphql(`
  query ChangeCursor {
    changeCursor
  }
`);

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

/** What becomes of sync logs after a cursor, over sockets that come back when they broke. */
class Changes {
  readonly #socket: Socket;

  constructor({ url, token }: Client) {
    this.#socket = createClient({
      url: `${url.replace(/^http/, "ws")}/graphql/ws`,
      // A function is asked again for each socket, so that a token can be a fresh one.
      connectionParams: () => ({ authorization: `Bearer ${token}` }),
      webSocketImpl: WebSocket,
      retryAttempts: 10,
    });
  }

  async *after(cursor: string): AsyncGenerator<Change> {
    const query = SyncLogChanges.toString();
    // graphql-ws sends this very object again over a new socket. With the last cursor in it, what happened meanwhile
    // is told; what this program has not taken yet is told twice rather than not at all.
    const variables: SyncLogChangesSubscriptionVariables = { after: cursor };
    try {
      for await (const { data, errors } of this.#socket.iterate<SyncLogChangesSubscription>({ query, variables })) {
        if (errors) throw new AggregateError(errors, "The subscription failed.");
        if (!data) continue;
        variables.after = data.workspaceConnectorSyncLogChanged.cursor;
        yield data.workspaceConnectorSyncLogChanged;
      }
      throw new Error("The server ended the subscription.");
    } finally {
      await this.#socket.dispose();
    }
  }

  /** Breaks the socket, as a network does. */
  break(): void {
    this.#socket.terminate();
  }
}

/** The status of every sync log, by its id; null where the server is older than the status. */
type Copy = Map<string, string | null>;

/** Copies all runs, follows them over a socket that breaks, and later learns of one made while nobody followed. */
export async function follow(service: Client): Promise<void> {
  // The cursor comes before the copy: what is committed from here on is told, whether the copy has it or not.
  const { changeCursor } = await service.ask(ChangeCursor);
  const copy: Copy = new Map();
  const rows = everyRow(async (after) => (await service.ask(SyncLogPage, { after })).workspaceConnectorSyncLogs);
  for await (const { id, status } of rows) copy.set(id, status);
  console.log(`Copied ${copy.size} runs`);
  const between = await sync(service);

  const changes = new Changes(service);
  const following = changes.after(changeCursor);
  await end(following, copy, between);
  console.log("Followed, from a run that was made between the copy and the subscription");

  changes.break();
  const last = await end(following, copy, await sync(service));
  console.log("Told of the run that was made while the socket was broken");
  await following.return(undefined);

  const later = new Changes(service).after(last.cursor);
  await end(later, copy, await sync(service));
  await later.return(undefined);
  console.log("Caught up with the run that was made while nobody followed");
}

/** Takes changes into the copy until a run has ended well. */
async function end(changes: AsyncGenerator<Change>, copy: Copy, run: string): Promise<Change> {
  for (;;) {
    const { value } = await changes.next();
    const change: Change = value;
    // The row as it is now, whatever the copy has; none when it was deleted.
    if (change.node) copy.set(change.id, change.node.status);
    else copy.delete(change.id);
    if (change.id !== run || change.node?.status !== "SUCCESS") continue;
    assert.equal(copy.get(run), "SUCCESS");
    return change;
  }
}
