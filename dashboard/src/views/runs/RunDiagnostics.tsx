import { Link } from '@tanstack/react-router';
import { graphql } from 'react-relay';

import type { RunDiagnosticsQuery } from '../../../__generated__/RunDiagnosticsQuery.graphql';
import { useLiveQuery } from '../../relay/useQuery';
import { useRead } from '../../relay/workspace';
import { count } from '../../ui/format';
import { DiagnosticTable } from '../diagnostics/DiagnosticTable';

const MARGIN_MS = 15 * 60_000;
const shifted = (time: string, ms: number) => new Date(new Date(time).getTime() + ms).toISOString();

/** The diagnostics that a connector had around a time; without an end, up to now. */
export function RunDiagnostics({ connector, from, to }: { connector: string; from: string; to: string | null }) {
  const range = { gte: shifted(from, -MARGIN_MS), ...(to && { lte: shifted(to, MARGIN_MS) }) };
  const { connectorSyncDiagnostics } = useLiveQuery<RunDiagnosticsQuery>(
    graphql`
      query RunDiagnosticsQuery($filter: ConnectorSyncDiagnosticFilter) {
        connectorSyncDiagnostics(first: 100, filter: $filter) {
          totalCount
          nodes {
            id
            ...DiagnosticCells_diagnostic
          }
        }
      }
    `,
    {
      filter: {
        workspaceConnector: { eq: connector },
        occurredAt: range,
      },
    },
    ['diagnostics'],
  );
  const { nodes, totalCount } = useRead('RunDiagnosticsQuery')(connectorSyncDiagnostics, 'connectorSyncDiagnostics');
  return (
    <>
      <DiagnosticTable diagnostics={nodes} empty="No diagnostic was recorded at that time." />
      {totalCount > nodes.length && (
        <p>
          <Link to="/diagnostics" search={{ connector, from: range.gte, to: range.lte }}>
            All {count(totalCount, 'diagnostic')}
          </Link>
        </p>
      )}
    </>
  );
}
