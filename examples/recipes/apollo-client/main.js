// Apollo Client: every page of a list in its cache, refusals, and a subscription over HTTP.
import assert from "node:assert/strict";
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import { filter, firstValueFrom } from "rxjs";

const FAILED = gql`
  query Failed($after: String, $filter: WorkspaceConnectorSyncLogFilter!) {
    workspaceConnectorSyncLogs(first: 100, after: $after, filter: $filter) {
      totalCount
      # relayStylePagination joins the edges of pages. It would keep the nodes of one page only.
      edges {
        cursor
        node {
          id
          error
        }
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
const client = new ApolloClient({
  // Subscriptions need no link of their own: this one asks for multipart/mixed, which /graphql answers with.
  link: new HttpLink({ uri: `${url}/graphql`, headers: { authorization: `Bearer ${token}` } }),
  cache: new InMemoryCache({
    typePolicies: {
      // What tells lists apart: all arguments but those of paging.
      Query: { fields: { workspaceConnectorSyncLogs: relayStylePagination(["filter", "orderBy"]) } },
    },
  }),
});
// An event that never comes would be waited for without end.
setTimeout(() => process.exit(1), 60_000).unref();

const variables = { filter: { status: { eq: "ERROR" } } };
const list = client.watchQuery({ query: FAILED, variables });
const watching = list.subscribe({ error: (error) => assert.fail(error) });
let page = (await firstValueFrom(list.pipe(filter(({ loading }) => !loading)))).data.workspaceConnectorSyncLogs;
while (page.pageInfo.hasNextPage) {
  page = (await list.fetchMore({ variables: { after: page.pageInfo.endCursor } })).data.workspaceConnectorSyncLogs;
}
const { edges, totalCount } = client.readQuery({ query: FAILED, variables }).workspaceConnectorSyncLogs;
watching.unsubscribe();
assert(totalCount > 100);
assert.equal(new Set(edges.map(({ node }) => node.id)).size, totalCount);
console.log(`${totalCount} failed runs are in the cache`);

const codes = (error) => CombinedGraphQLErrors.is(error) && error.errors.map(({ extensions }) => extensions.code);
await assert.rejects(client.query({ query: gql`{ viewer { rolle } }` }), (error) => codes(error)[0] === "GRAPHQL_VALIDATION_FAILED");

// What happens before the subscription stands is not told, so collects are made until one is.
const first = next(follow());
let told;
first.then((change) => (told = change));
while (!told) await Promise.race([first, create()]);
// Nobody follows, and nothing is missed: the cursor says where to go on.
const missed = await create();
await next(follow(told.cursor), ({ id }) => id === missed);
console.log(`Followed, and caught up after ${told.kind}`);

// A subscription that is refused has the same errors.
const refused = next(client.subscribe({ query: FOLLOW, variables: { after: "no cursor" } }));
await assert.rejects(refused, (error) => codes(error)[0] === "BAD_CURSOR");

async function create() {
  const { createCollect } = (await client.mutate({ mutation: CREATE })).data;
  assert.deepEqual(createCollect.userErrors, []);
  return createCollect.collect.id;
}

function follow(after) {
  return client.subscribe({ query: FOLLOW, variables: after ? { after } : {} });
}

/** The first change that is wanted. */
function next(changes, wanted = () => true) {
  return new Promise((resolve, reject) => {
    const following = changes.subscribe({
      next({ data, error }) {
        if (error) reject(error);
        else if (wanted(data.collectChanged)) {
          following.unsubscribe();
          resolve(data.collectChanged);
        }
      },
      error: reject,
      complete: () => reject(new Error("The server ended the subscription.")),
    });
  });
}
