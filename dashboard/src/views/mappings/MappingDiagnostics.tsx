import { graphql } from 'react-relay';

import type { MappingDiagnosticsQuery, TargetModel } from '../../../__generated__/MappingDiagnosticsQuery.graphql';
import { useLiveQuery } from '../../relay/useQuery';
import { DiagnosticTable } from '../diagnostics/DiagnosticTable';

/** Why a mapping has to be regenerated, or was: drift, and what was dropped. */
export function MappingDiagnostics({ connector, targetModel, toolName }: { connector: string; targetModel: string; toolName: string }) {
  const { connectorSyncDiagnostics } = useLiveQuery<MappingDiagnosticsQuery>(
    graphql`
      query MappingDiagnosticsQuery($connector: ID!, $targetModel: TargetModel!, $toolName: String!) {
        connectorSyncDiagnostics(
          first: 10
          filter: { workspaceConnector: { eq: $connector }, targetModel: { eq: $targetModel }, toolName: { eq: $toolName } }
        ) {
          nodes {
            id
            ...DiagnosticCells_diagnostic
          }
        }
      }
    `,
    { connector, targetModel: targetModel as TargetModel, toolName },
    ['diagnostics'],
  );
  return <DiagnosticTable diagnostics={connectorSyncDiagnostics?.nodes} empty="No diagnostic was recorded of this mapping." />;
}
