import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { graphql, useFragment } from 'react-relay';

import type { RunCells_run$key } from '../../../__generated__/RunCells_run.graphql';
import { Badge, Count, Text, Time } from '../../ui/basics';
import type { Column } from '../../ui/DataTable';
import { LongText } from '../../ui/LongText';
import { formatDuration, words } from '../../ui/format';
import { triggerLabel } from '../../ui/vocabulary';
import { ConnectorName } from '../connectors/ConnectorName';

export const RUN_COLUMNS: readonly Column[] = [
  { id: 'status', header: 'Status' },
  { id: 'connector', header: 'Connector' },
  { id: 'scheduled', header: 'Scheduled', order: 'CREATED_AT' },
  { id: 'duration', header: 'Duration', order: 'DURATION_MS', align: 'end' },
  { id: 'records', header: 'Records', align: 'end' },
  { id: 'trigger', header: 'Trigger' },
  { id: 'error', header: 'Error' },
];

/** What a table shows of a run. */
export function useRunCells({ node }: { node: RunCells_run$key }): Record<string, ReactNode> {
  const run = useFragment(
    graphql`
      fragment RunCells_run on WorkspaceConnectorSyncLog {
        id
        status
        triggerType
        createdAt
        durationMs
        recordsSynced
        error
        workspaceConnector {
          ...ConnectorName_connector
        }
      }
    `,
    node,
  );
  return {
    status: (
      <Link to="/runs/$id" params={{ id: run.id }} aria-label={`Run: ${words(run.status)}`}>
        <Badge of="run" value={run.status} />
      </Link>
    ),
    connector: <ConnectorName connector={run.workspaceConnector} />,
    scheduled: <Time at={run.createdAt} />,
    duration: run.durationMs === null || run.durationMs === undefined ? <Text value={null} /> : formatDuration(run.durationMs),
    records: <Count value={run.recordsSynced} />,
    trigger: <Text value={run.triggerType && triggerLabel(run.triggerType)} />,
    error: run.error && <LongText text={run.error} />,
  };
}
