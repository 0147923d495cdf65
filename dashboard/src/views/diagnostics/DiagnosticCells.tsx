import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { graphql, useFragment } from 'react-relay';

import type { DiagnosticCells_diagnostic$key } from '../../../__generated__/DiagnosticCells_diagnostic.graphql';
import { Badge, Text, Time } from '../../ui/basics';
import type { Column } from '../../ui/DataTable';
import { words } from '../../ui/format';
import { LongText } from '../../ui/LongText';
import { advice } from '../../ui/vocabulary';
import { ConnectorName } from '../connectors/ConnectorName';

export const DIAGNOSTIC_COLUMNS: readonly Column[] = [
  { id: 'severity', header: 'Severity' },
  { id: 'occurred', header: 'Occurred', order: 'OCCURRED_AT' },
  { id: 'connector', header: 'Connector' },
  { id: 'reason', header: 'Reason' },
  { id: 'target', header: 'Target' },
  { id: 'tool', header: 'Tool', order: 'TOOL_NAME', first: 'ASC' },
];

/** What a table shows of a diagnostic. */
export function useDiagnosticCells({ node }: { node: DiagnosticCells_diagnostic$key }): Record<string, ReactNode> {
  const diagnostic = useFragment(
    graphql`
      fragment DiagnosticCells_diagnostic on ConnectorSyncDiagnostic {
        severity
        occurredAt
        reason
        detail
        targetModel
        toolName
        httpStatus
        workspaceConnector {
          ...ConnectorName_connector
        }
      }
    `,
    node,
  );
  const help = diagnostic.severity === 'FAILURE' && advice(diagnostic.reason);
  return {
    severity: <Badge of="severity" value={diagnostic.severity} />,
    occurred: <Time at={diagnostic.occurredAt} />,
    connector: <ConnectorName connector={diagnostic.workspaceConnector} />,
    reason: (
      <div className="reason">
        <strong>{words(diagnostic.reason)}</strong>
        {diagnostic.detail && <LongText text={diagnostic.detail} />}
        {help && <span className="quiet">{help}</span>}
      </div>
    ),
    target: words(diagnostic.targetModel),
    tool: (
      <>
        {diagnostic.toolName ? (
          <Link to="/diagnostics" search={{ tool: diagnostic.toolName }}>
            {diagnostic.toolName}
          </Link>
        ) : (
          <Text value={null} />
        )}
        {diagnostic.httpStatus && <div className="quiet">HTTP {diagnostic.httpStatus}</div>}
      </>
    ),
  };
}
