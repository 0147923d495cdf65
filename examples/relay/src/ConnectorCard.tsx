import { startTransition } from "react";
import { graphql, useRefetchableFragment } from "react-relay";
import type { ConnectorCard_workspaceConnector$key } from "./__generated__/ConnectorCard_workspaceConnector.graphql";
import type { ConnectorCardRefreshQuery } from "./__generated__/ConnectorCardRefreshQuery.graphql";

/** One workspace connector, which can be fetched again by itself: `@refetchable` asks `node(id:)` for it. */
export function ConnectorCard({ workspaceConnector }: { workspaceConnector: ConnectorCard_workspaceConnector$key }) {
  const [data, refetch] = useRefetchableFragment<ConnectorCardRefreshQuery, ConnectorCard_workspaceConnector$key>(
    graphql`
      fragment ConnectorCard_workspaceConnector on WorkspaceConnector
      @refetchable(queryName: "ConnectorCardRefreshQuery") {
        id
        connectionState
        connector {
          name
        }
        latestSyncLog {
          status
          metadata
        }
      }
    `,
    workspaceConnector,
  );
  const refresh = () => startTransition(() => void refetch({}, { fetchPolicy: "store-and-network" }));
  return (
    <section>
      <h2 data-testid="connector" data-id={data.id}>
        {data.connector?.name}: {data.connectionState}
      </h2>
      <p data-testid="latest">{data.latestSyncLog?.status ?? "never synced"}</p>
      <button onClick={refresh}>Refresh</button>
    </section>
  );
}
