import { graphql, useLazyLoadQuery } from "react-relay";
import type { AppQuery } from "./__generated__/AppQuery.graphql";
import { ConnectorCard } from "./ConnectorCard";
import { SyncLogList } from "./SyncLogList";

export function App() {
  const data = useLazyLoadQuery<AppQuery>(
    graphql`
      query AppQuery {
        viewer {
          workspace {
            name
          }
        }
        workspaceConnectors(first: 1, filter: { connectionState: { eq: CONNECTED } }) {
          nodes {
            id
            ...ConnectorCard_workspaceConnector
          }
        }
        ...SyncLogList_query
      }
    `,
    {},
  );
  return (
    <main>
      <h1>{data.viewer.workspace.name}</h1>
      {data.workspaceConnectors?.nodes.map((node) => (
        <ConnectorCard key={node.id} workspaceConnector={node} />
      ))}
      <SyncLogList query={data} />
    </main>
  );
}
