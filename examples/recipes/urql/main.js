// urql: every page of a list in Graphcache, refusals, and a subscription over HTTP.
import assert from "node:assert/strict";
import { Client, fetchExchange, gql } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";

const FAILED = gql`
  query Failed($after: String, $filter: WorkspaceConnectorSyncLogFilter!) {
    workspaceConnectorSyncLogs(first: 100, after: $after, filter: $filter) {
      totalCount
      nodes {
        id
        error
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

const CREATE = gql`
  mutation Create {
    createCollect(input: { provider: null }) {
      collect {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`;

const FOLLOW = gql`
  subscription Follow($after: String) {
    collectChanged(after: $after) {
      kind
      id
      cursor
    }
  }
`;

const { WELL_URL: url, WELL_TOKEN_MEMBER: token } = process.env;
const client = new Client({
  url: `${url}/graphql`,
  fetchOptions: { headers: { authorization: `Bearer ${token}` } },
  // Subscriptions go to the same address, as event streams.
  fetchSubscriptions: true,
  // Else queries go by GET as long as their address is short.
  preferGetMethod: false,
  exchanges: [
    cacheExchange({
      resolvers: { Query: { workspaceConnectorSyncLogs: relayPagination() } },
      // These have no id: they are part of what they stand in.
      keys: { WorkspaceConnectorSyncLogConnection: () => null, PageInfo: () => null },
    }),
    fetchExchange,
  ],
});
// An event that never comes would be waited for without end.
setTimeout(() => process.exit(1), 60_000).unref();

const filter = { status: { eq: "ERROR" } };
let list;
do {
  // The answer is all that was read so far, of each page.
  const { data, error } = await client.query(FAILED, { filter, after: list?.pageInfo.endCursor });
  assert.ifError(error);
  list = data.workspaceConnectorSyncLogs;
} while (list.pageInfo.hasNextPage);
assert(list.totalCount > 100);
assert.equal(new Set(list.nodes.map(({ id }) => id)).size, list.totalCount);
console.log(`${list.totalCount} failed runs are in the cache`);

const codes = (error) => error?.graphQLErrors.map(({ extensions }) => extensions.code);
const { error } = await client.query(gql`{ viewer { rolle } }`, {});
assert.deepEqual(codes(error), ["GRAPHQL_VALIDATION_FAILED"]);

// What happens before the subscription stands is not told, so collects are made until one is.
const first = next(undefined);
let told;
first.then((change) => (told = change));
while (!told) await Promise.race([first, create()]);
// Nobody follows, and nothing is missed: the cursor says where to go on.
const missed = await create();
await next(told.cursor, ({ id }) => id === missed);
console.log(`Followed, and caught up after ${told.kind}`);

// A subscription that is refused has the same errors.
await assert.rejects(next("no cursor"), (error) => codes(error)[0] === "BAD_CURSOR");

async function create() {
  const { data, error } = await client.mutation(CREATE, {});
  assert.ifError(error);
  assert.deepEqual(data.createCollect.userErrors, []);
  return data.createCollect.collect.id;
}

/** The first change after a cursor that is wanted. */
function next(after, wanted = () => true) {
  return new Promise((resolve, reject) => {
    const following = client.subscription(FOLLOW, { after }).subscribe(({ data, error }) => {
      if (error) reject(error);
      else if (wanted(data.collectChanged)) {
        // The first one may come before `subscribe` has returned.
        queueMicrotask(() => following.unsubscribe());
        resolve(data.collectChanged);
      }
    });
  });
}
