import { Link } from '@tanstack/react-router';
import { graphql, useFragment } from 'react-relay';

import type { ConnectorName_connector$key } from '../../../__generated__/ConnectorName_connector.graphql';

/** The tool and the account by which people know a workspace connector. */
export function ConnectorName({ connector }: { connector: ConnectorName_connector$key | null | undefined }) {
  const data = useFragment(
    graphql`
      fragment ConnectorName_connector on WorkspaceConnector {
        id
        accountLabel
        connector {
          name
        }
      }
    `,
    connector ?? null,
  );
  if (!data) return <span className="quiet">Disconnected</span>;
  return (
    <Link to="/connectors/$id" params={{ id: data.id }} className="connector-name">
      {data.connector?.name ?? 'Connector'} {data.accountLabel && <span className="account-label">{data.accountLabel}</span>}
    </Link>
  );
}
