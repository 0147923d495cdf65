import { Link, useParams } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import { graphql } from 'react-relay';

import type { ConnectorQuery } from '../../../__generated__/ConnectorQuery.graphql';
import { useViewer } from '../../app/viewer';
import { useLiveQuery, useRefresh } from '../../relay/useQuery';
import { useRead } from '../../relay/workspace';
import { Badge, Empty, Facts, Page, Section, Text, Time } from '../../ui/basics';
import { RunTimeline } from '../../ui/charts/RunTimeline';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { count } from '../../ui/format';
import { NodeTable } from '../../ui/NodeTable';
import { QueryButton } from '../../ui/QueryButton';
import { DIAGNOSTIC_COLUMNS, useDiagnosticCells } from '../diagnostics/DiagnosticCells';
import { LINK_COLUMNS, useLinkCells } from '../documents/LinkCells';
import { problemOf } from '../connectors/problem';
import { ProblemNote } from '../connectors/ProblemNote';
import { MAPPING_COLUMNS, useMappingCells } from '../mappings/MappingCells';
import { RUN_COLUMNS, useRunCells } from '../runs/RunCells';
import { Later } from '../../ui/Later';
import { lazily } from '../../ui/lazily';

const ConnectorActions = lazily(() => import('./ConnectorActions'));

const query = graphql`
  query ConnectorQuery($id: ID!, $details: Boolean!) {
    workspaceConnector(id: $id) {
      id
      ...ConnectorActions_connector
      ...problem_connector
      accountLabel
      connectionState
      lastSuccessfulSyncAt
      createdAt
      connector {
        name
      }
      person {
        fullName
      }
      health {
        status
      }
      syncLogs(first: 100) {
        totalCount
        nodes {
          id
          status
          createdAt
          startedAt
          durationMs
          ...RunCells_run
        }
      }
      diagnostics(first: 10) @include(if: $details) {
        totalCount
        nodes {
          id
          ...DiagnosticCells_diagnostic
        }
      }
      mappings(first: 50) @include(if: $details) {
        totalCount
        nodes {
          id
          ...MappingCells_mapping
        }
      }
      documentLinks(first: 10) {
        totalCount
        nodes {
          id
          ...LinkCells_link
        }
      }
    }
  }
`;

/** One connector: its runs along the time, and what they left. */
export function Connector() {
  const { id } = useParams({ from: '/connectors/$id' });
  const { details, admin } = useViewer();
  const [now] = useState(Date.now);
  const { workspaceConnector: connector } = useLiveQuery<ConnectorQuery>(
    query,
    { id, details },
    ['connectors', 'runs', 'diagnostics', 'mappings', 'documents'],
  );
  const newest = useMemo(() => connector?.syncLogs?.nodes.slice(0, 10), [connector?.syncLogs?.nodes]);
  const refresh = useRefresh(query, { id, details });
  const queryButton = <QueryButton operations={['ConnectorQuery']} />;
  if (!connector) {
    return (
      <Page title="Connector" actions={queryButton}>
        <Empty title="There is no such connector in this workspace.">
          It may have been disconnected. <Link to="/connectors">All connectors</Link>
        </Empty>
      </Page>
    );
  }
  const problem = problemOf(connector);
  const name = connector.connector?.name ?? 'Connector';
  return (
    <Page
      title={name}
      lead={<Text value={connector.accountLabel} />}
      actions={
        <>
          {admin && (
            <Later part="The actions">
              <ConnectorActions connector={connector} name={name} />
            </Later>
          )}
          {queryButton}
        </>
      }
    >
      <Section title="State">
        {problem && (
          <div className={`notice problem-notice ${problem.tone}`}>
            <strong>{problem.title}</strong>
            <ProblemNote problem={problem} />
          </div>
        )}
        <Facts
          facts={[
            ['State', <Badge of="state" value={connector.connectionState} />],
            ['Health', connector.connectionState === 'MISSING' ? '–' : <Badge of="health" value={connector.health.status} />],
            ['Last success', <Time at={connector.lastSuccessfulSyncAt} ago />],
            ['Connected', <Time at={connector.createdAt} />],
            ['Connected by', <Text value={connector.person?.fullName} />],
          ]}
        />
      </Section>
      <Rows title="Runs" noun="run" rows={connector.syncLogs} to="/runs" connector={id} refresh={refresh}>
        <RunTimeline
          runs={(connector.syncLogs?.nodes ?? []).map((run) => ({
            id: run.id,
            status: run.status,
            at: run.createdAt,
            durationMs: run.durationMs ?? (run.startedAt ? Math.max(0, now - new Date(run.startedAt).getTime()) : null),
          }))}
        />
        <NodeTable label="The newest runs" columns={RUN_COLUMNS} nodes={newest} useCells={useRunCells} />
      </Rows>
      {details && (
        <>
          <Rows title="Diagnostics" noun="diagnostic" rows={connector.diagnostics} to="/diagnostics" connector={id} refresh={refresh}>
            <NodeTable label="The newest diagnostics" columns={DIAGNOSTIC_COLUMNS} nodes={connector.diagnostics?.nodes} useCells={useDiagnosticCells} />
          </Rows>
          <Rows title="Mappings" noun="mapping" rows={connector.mappings} to="/mappings" connector={id} refresh={refresh}>
            <NodeTable label="Its mappings" columns={MAPPING_COLUMNS} nodes={connector.mappings?.nodes} useCells={useMappingCells} />
          </Rows>
        </>
      )}
      <Rows title="Documents" noun="document link" rows={connector.documentLinks} to="/provenance" connector={id} refresh={refresh}>
        <NodeTable label="The newest documents" columns={LINK_COLUMNS} nodes={connector.documentLinks?.nodes} useCells={useLinkCells} />
      </Rows>
    </Page>
  );
}

interface RowsProps {
  readonly title: string;
  readonly noun: string;
  readonly rows: { readonly totalCount: number } | null | undefined;
  readonly to: '/runs' | '/diagnostics' | '/mappings' | '/provenance';
  readonly connector: string;
  readonly refresh: () => Promise<void>;
  readonly children: ReactNode;
}

/** The newest rows of the connector, or why they cannot be read. */
function Rows(props: RowsProps) {
  return (
    <ErrorBoundary part={props.title} resetKey={props.connector} onRetry={props.refresh}>
      <RowsRead {...props} />
    </ErrorBoundary>
  );
}

/** Their number leads to all of them. */
function RowsRead({ title, noun, rows, to, connector, children }: RowsProps) {
  const total = useRead('ConnectorQuery')(rows, 'workspaceConnector').totalCount;
  const all = (
    <Link to={to} search={{ connector }} data-number={to.slice(1)}>
      {count(total, noun)}
    </Link>
  );
  return (
    <Section title={title} note={total > 0 && all}>
      {total === 0 ? <Empty title={`There is no ${noun} yet.`}>It appears here by itself.</Empty> : children}
    </Section>
  );
}
