import { graphql, usePaginationFragment } from "react-relay";
import type { SyncLogList_query$key } from "./__generated__/SyncLogList_query.graphql";
import type { SyncLogListPageQuery } from "./__generated__/SyncLogListPageQuery.graphql";

/** The newest sync runs, and more of them on demand. */
export function SyncLogList({ query }: { query: SyncLogList_query$key }) {
  const { data, hasNext, isLoadingNext, loadNext } = usePaginationFragment<SyncLogListPageQuery, SyncLogList_query$key>(
    graphql`
      fragment SyncLogList_query on Query
      @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
      @refetchable(queryName: "SyncLogListPageQuery") {
        workspaceConnectorSyncLogs(first: $count, after: $cursor)
          @connection(key: "SyncLogList_workspaceConnectorSyncLogs") {
          totalCount
          edges {
            node {
              id
              status
              createdAt
            }
          }
        }
      }
    `,
    query,
  );
  const logs = data.workspaceConnectorSyncLogs;
  return (
    <section>
      <h2>{logs?.totalCount} sync runs</h2>
      <ul>
        {logs?.edges.map(({ node }) => (
          <li key={node.id} data-testid={node.id}>
            {node.status} of {new Date(node.createdAt).toLocaleString()}
          </li>
        ))}
      </ul>
      {hasNext && (
        <button disabled={isLoadingNext} onClick={() => loadNext(10)}>
          More
        </button>
      )}
    </section>
  );
}
