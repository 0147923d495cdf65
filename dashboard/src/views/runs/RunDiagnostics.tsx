import { graphql } from 'react-relay';

import type { RunDiagnosticsQuery } from '../../../__generated__/RunDiagnosticsQuery.graphql';
import { useLiveQuery } from '../../relay/useQuery';
import { DiagnosticTable } from '../diagnostics/DiagnosticTable';

const MARGIN_MS = 15 * 60_000;
const shifted = (time: string, ms: number) => new Date(new Date(time).getTime() + ms).toISOString();

/** The diagnostics that a connector had around a time; without an end, up to now. */
export function RunDiagnostics({ connector, from, to }: { connector: string; from: string; to: string | null }) {
  const { connectorSyncDiagnostics } = useLiveQuery<RunDiagnosticsQuery>(
    graphql`
      query RunDiagnosticsQuery($filter: ConnectorSyncDiagnosticFilter) {
        connectorSyncDiagnostics(first: 100, filter: $filter) {
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
        occurredAt: { gte: shifted(from, -MARGIN_MS), ...(to && { lte: shifted(to, MARGIN_MS) }) },
      },
    },
    ['diagnostics'],
  );
  return <DiagnosticTable diagnostics={connectorSyncDiagnostics?.nodes} empty="No diagnostic was recorded at that time." />;
}
