import type { ReactNode } from 'react';
import { graphql, useFragment } from 'react-relay';

import type { LinkCells_link$key } from '../../../__generated__/LinkCells_link.graphql';
import { Badge, Text, Time } from '../../ui/basics';
import type { Column } from '../../ui/DataTable';
import { words } from '../../ui/format';
import { ConnectorName } from '../connectors/ConnectorName';

export const LINK_COLUMNS: readonly Column[] = [
  { id: 'direction', header: 'Direction' },
  { id: 'created', header: 'Time', order: 'CREATED_AT' },
  { id: 'document', header: 'Document' },
  { id: 'status', header: 'Processing' },
  { id: 'connector', header: 'Connector' },
];

const DIRECTIONS: Record<string, { label: string; tone: string }> = {
  INPUT: { label: '↓ In', tone: 'in' },
  OUTPUT: { label: '↑ Out', tone: 'out' },
};

/** What a table shows of a document's link to a connector. */
export function useLinkCells({ node }: { node: LinkCells_link$key }): Record<string, ReactNode> {
  const link = useFragment(
    graphql`
      fragment LinkCells_link on DocumentWorkspaceConnector {
        direction
        createdAt
        document {
          filename
          processingStatus
        }
        workspaceConnector {
          ...ConnectorName_connector
        }
      }
    `,
    node,
  );
  const { label, tone } = DIRECTIONS[link.direction ?? ''] ?? { label: words(link.direction), tone: 'quiet' };
  return {
    direction: <span className={`badge ${tone}`}>{label}</span>,
    created: <Time at={link.createdAt} />,
    document: <span className="clip"><Text value={link.document?.filename} /></span>,
    status: link.document ? <Badge of="document" value={link.document.processingStatus} /> : <Text value={null} />,
    connector: <ConnectorName connector={link.workspaceConnector} />,
  };
}
