import type { ReactNode } from 'react';
import { graphql, useFragment } from 'react-relay';

import type { DocumentCells_document$key } from '../../../__generated__/DocumentCells_document.graphql';
import { Badge, Text, Time } from '../../ui/basics';
import type { Column } from '../../ui/DataTable';
import { formatBytes } from '../../ui/format';
import { ConnectorName } from '../connectors/ConnectorName';

export const DOCUMENT_COLUMNS: readonly Column[] = [
  { id: 'name', header: 'File name', order: 'FILENAME', first: 'ASC' },
  { id: 'status', header: 'Processing' },
  { id: 'source', header: 'Source' },
  { id: 'routed', header: 'Routed to' },
  { id: 'size', header: 'Size', order: 'SIZE', align: 'end' },
  { id: 'created', header: 'Created', order: 'CREATED_AT' },
];

/** What a table shows of a document. */
export function useDocumentCells({ node }: { node: DocumentCells_document$key }): Record<string, ReactNode> {
  const document = useFragment(
    graphql`
      fragment DocumentCells_document on Document {
        id
        filename
        size
        processingStatus
        createdAt
        source {
          ...ConnectorName_connector
        }
        routedTo(first: 3) {
          totalCount
          nodes {
            id
            ...ConnectorName_connector
          }
        }
      }
    `,
    node,
  );
  const routed = document.routedTo?.nodes ?? [];
  const more = (document.routedTo?.totalCount ?? 0) - routed.length;
  return {
    name: <span className="clip">{document.filename}</span>,
    status: <Badge of="document" value={document.processingStatus} />,
    source: document.source ? <ConnectorName connector={document.source} /> : <span className="quiet">Uploaded by hand</span>,
    routed:
      routed.length === 0 ? (
        <Text value={null} />
      ) : (
        <>
          {routed.map((connector) => (
            <ConnectorName key={connector.id} connector={connector} />
          ))}
          {more > 0 && <span className="quiet"> and {more} more</span>}
        </>
      ),
    size: document.size === null || document.size === undefined ? <Text value={null} /> : formatBytes(document.size),
    created: <Time at={document.createdAt} />,
  };
}
