// What can go wrong, and how each kind is told apart.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { accepted, ApiError, Client, Refused } from "./client.js";
import { graphql } from "./gql/index.js";
import { flaky } from "./flaky.js";
import { Schedule, someConnector, Start } from "./writing.js";

const Who = graphql(`
  query Who {
    viewer {
      role
    }
  }
`);

const WhoAndKeys = graphql(`
  query WhoAndKeys {
    viewer {
      role
    }
    apiKeys {
      totalCount
    }
  }
`);

const Fetch = graphql(`
  query Fetch($id: ID!) {
    node(id: $id) {
      id
    }
  }
`);

const After = graphql(`
  query After($cursor: String!) {
    documents(after: $cursor) {
      nodes {
        id
      }
    }
  }
`);

const TooMuch = graphql(`
  query TooMuch {
    workspaceConnectors(first: 100) {
      nodes {
        syncLogs(first: 100) {
          nodes {
            id
          }
        }
        documents(first: 100) {
          nodes {
            id
          }
        }
      }
    }
  }
`);

/** The credential is missing or does not hold: get a new one, asking again is no use. */
export async function unauthenticated(url: string): Promise<void> {
  await fails("UNAUTHENTICATED", new Client(url).ask(Who));
  await fails("UNAUTHENTICATED", new Client(url, "expired").ask(Who));
}

/** The role does not allow it. A part that may be null is refused alone, and the rest of the answer stands. */
export async function forbidden(guest: Client): Promise<void> {
  const input = { workspaceConnectorId: await someConnector(guest) };
  await fails("FORBIDDEN", guest.ask(Schedule, { input }));

  const { data, errors } = await guest.askInPart(WhoAndKeys);
  assert.equal(data?.viewer.role, "GUEST");
  assert.equal(data.apiKeys, null);
  assert.deepEqual(
    errors.map(({ path, extensions }) => [path, extensions.code]),
    [[["apiKeys"], "FORBIDDEN"]],
  );
}

/** An argument is malformed: a fault of the program that asks. Something that is not there is simply null. */
export async function badInput(member: Client): Promise<void> {
  await fails("BAD_USER_INPUT", member.ask(Fetch, { id: "not an id" }));
  await fails("BAD_CURSOR", member.ask(After, { cursor: "not a cursor" }));
  assert.equal((await member.ask(Fetch, { id: randomUUID() })).node, null);
}

/** The input of a mutation is refused in its payload, with a typed code, and nothing was done. */
export async function refused(service: Client, endedLog: string): Promise<void> {
  const start = async (id: string) => accepted((await service.ask(Start, { id })).startWorkspaceConnectorSyncLog);
  for (const [id, code] of [
    [endedLog, "INVALID_STATE"],
    [randomUUID(), "NOT_FOUND"],
  ] as const) {
    await assert.rejects(start(id), (error: unknown) => {
      assert(error instanceof Refused);
      const [first] = error.userErrors;
      assert.equal(first?.code, code);
      assert.equal(first.path[0], "input");
      return told(code, error);
    });
  }
}

/** The operation asks for more than one may: ask for smaller pages, or less within each other. */
export async function overTheLimit(member: Client): Promise<void> {
  await fails("COST_LIMIT_EXCEEDED", member.ask(TooMuch));
}

/** The server is away or slow for a moment: queries, and mutations with an idempotency key, are asked again. */
export async function passing(service: Client): Promise<void> {
  await using away = await flaky(service.url, ["SERVICE_UNAVAILABLE", "RATE_LIMITED", "REQUEST_TIMEOUT"]);
  const { viewer } = await new Client(away.url, service.token).ask(Who);
  assert.equal(viewer.role, "SERVICE");
  assert.equal(away.requests, 4);

  // What took too long is asked once more, and then given up.
  await using slow = await flaky(service.url, ["REQUEST_TIMEOUT", "REQUEST_TIMEOUT", "REQUEST_TIMEOUT"]);
  await fails("REQUEST_TIMEOUT", new Client(slow.url, service.token).ask(Who));
  assert.equal(slow.requests, 2);

  // So is what the client itself gives up.
  await using silent = await flaky(service.url, ["SILENCE", "SILENCE", "SILENCE"]);
  await assert.rejects(new Client(silent.url, service.token, 1_000).ask(Who), { name: "TimeoutError" });
  assert.equal(silent.requests, 2);

  // The worst case: the mutation was done, and its answer was lost.
  await using lossy = await flaky(service.url, ["REQUEST_TIMEOUT"]);
  const input = { workspaceConnectorId: await someConnector(service), idempotencyKey: randomUUID() };
  const again = () => new Client(lossy.url, service.token).ask(Schedule, { input }, { repeatable: true });
  const [first, second] = [await again(), await again()];
  assert.equal(lossy.requests, 3);
  assert.deepEqual(accepted(second.createWorkspaceConnectorSyncLog), accepted(first.createWorkspaceConnectorSyncLog));

  // What may not be repeated is not.
  await using once = await flaky(service.url, ["SERVICE_UNAVAILABLE"]);
  const start = new Client(once.url, service.token).ask(Start, { id: randomUUID() });
  await fails("SERVICE_UNAVAILABLE", start);
  assert.equal(once.requests, 1);
}

async function fails(code: string, asked: Promise<unknown>): Promise<void> {
  await assert.rejects(asked, (error: unknown) => {
    assert(error instanceof ApiError);
    assert.equal(error.code, code);
    return told(code, error);
  });
}

function told(code: string, { message }: Error): true {
  console.log(`  ${code}: ${message}`);
  return true;
}
