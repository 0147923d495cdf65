import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { graphql, useFragment } from 'react-relay';

import type { MappingCells_mapping$key } from '../../../__generated__/MappingCells_mapping.graphql';
import { Count, Time } from '../../ui/basics';
import type { Column } from '../../ui/DataTable';
import { words } from '../../ui/format';
import { ConnectorName } from '../connectors/ConnectorName';

export const MAPPING_COLUMNS: readonly Column[] = [
  { id: 'target', header: 'Target' },
  { id: 'tool', header: 'Tool', order: 'TOOL_NAME', first: 'ASC' },
  { id: 'connector', header: 'Connector' },
  { id: 'drift', header: 'Regeneration' },
  { id: 'kept', header: 'Entities kept', order: 'LAST_PERSIST_COUNT', align: 'end' },
  { id: 'created', header: 'Created', order: 'CREATED_AT' },
];

/** What a table shows of a mapping. */
export function useMappingCells({ node }: { node: MappingCells_mapping$key }): Record<string, ReactNode> {
  const mapping = useFragment(
    graphql`
      fragment MappingCells_mapping on ConnectorMapping {
        id
        targetModel
        toolName
        needsRegeneration
        lastPersistCount
        createdAt
        workspaceConnector {
          ...ConnectorName_connector
        }
      }
    `,
    node,
  );
  return {
    target: (
      <Link to="/mappings/$id" params={{ id: mapping.id }}>
        {words(mapping.targetModel)}
      </Link>
    ),
    tool: <code>{mapping.toolName}</code>,
    connector: <ConnectorName connector={mapping.workspaceConnector} />,
    drift: <RegenerationBadge needed={mapping.needsRegeneration} />,
    kept: <Count value={mapping.lastPersistCount} />,
    created: <Time at={mapping.createdAt} />,
  };
}

/** Whether the tool's answers have drifted from what the mapping was made for, or the last sync kept nothing. */
export function RegenerationBadge({ needed }: { needed: boolean }) {
  return needed ? <span className="badge warning">Needed</span> : <span className="badge good">Up to date</span>;
}
