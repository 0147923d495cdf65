import { useSearch } from '@tanstack/react-router';
import { Suspense } from 'react';
import { graphql } from 'react-relay';

import type { Diagnostics_query$data } from '../../../__generated__/Diagnostics_query.graphql';
import type { DiagnosticsQuery } from '../../../__generated__/DiagnosticsQuery.graphql';
import { useViewer } from '../../app/viewer';
import { Empty, Page, Skeleton } from '../../ui/basics';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { between, contains, eq, Filters, RangeFilter, SearchFilter, SelectFilter } from '../../ui/filters';
import { List } from '../../ui/List';
import { QueryButton } from '../../ui/QueryButton';
import { useList } from '../../ui/useList';
import { words } from '../../ui/format';
import { choices, REASONS, TARGET_MODELS } from '../../ui/vocabulary';
import { ForMembers } from '../ForMembers';
import { ConnectorFilter } from '../connectors/ConnectorFilter';
import { DIAGNOSTIC_COLUMNS, useDiagnosticCells } from './DiagnosticCells';
import { lazily } from '../../ui/lazily';

const DiagnosticCharts = lazily(() => import('./DiagnosticCharts'));
const named = (values: readonly string[]) => values.map((value) => ({ value, label: words(value) }));

const query = graphql`
  query DiagnosticsQuery($first: Int, $after: String, $filter: ConnectorSyncDiagnosticFilter, $orderBy: [ConnectorSyncDiagnosticOrder!]) {
    ...Diagnostics_query @arguments(first: $first, after: $after, filter: $filter, orderBy: $orderBy)
  }
`;

const fragment = graphql`
  fragment Diagnostics_query on Query
  @refetchable(queryName: "DiagnosticsPageQuery")
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    filter: { type: "ConnectorSyncDiagnosticFilter" }
    orderBy: { type: "[ConnectorSyncDiagnosticOrder!]" }
  ) {
    connectorSyncDiagnostics(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy)
      @connection(key: "Diagnostics_connectorSyncDiagnostics") {
      totalCount
      edges {
        cursor
        node {
          id
          ...DiagnosticCells_diagnostic
        }
      }
    }
  }
`;

/** What the runs ran into, as the address bar filters it; over time, and by row. */
export function Diagnostics() {
  const { details } = useViewer();
  return details ? <All /> : <ForMembers title="Diagnostics" />;
}

function All() {
  const search = useSearch({ from: '/diagnostics' });
  const { filter, list } = useList<DiagnosticsQuery>({
    query,
    fragment,
    connection: 'Diagnostics_connectorSyncDiagnostics',
    search,
    orderBy: 'OCCURRED_AT',
    filter: {
      severity: eq(search.severity),
      reason: eq(search.reason),
      targetModel: eq(search.model),
      toolName: contains(search.tool),
      workspaceConnector: eq(search.connector),
      detail: contains(search.q),
      occurredAt: between(search.from, search.to),
    },
  });
  return (
    <Page
      title="Diagnostics"
      lead="What the sync runs reported: failures, and what they only note."
      actions={<QueryButton operations={['DiagnosticsQuery', 'DiagnosticsPageQuery', 'DiagnosticChartsQuery']} />}
    >
      <ErrorBoundary part="The charts" resetKey={JSON.stringify(filter)}>
        <Suspense
          fallback={
            <div className="charts-placeholder">
              <Skeleton lines={8} />
            </div>
          }
        >
          <DiagnosticCharts filter={filter} from={search.from} to={search.to} />
        </Suspense>
      </ErrorBoundary>
      <Filters>
        <SelectFilter label="Severity" name="severity" value={search.severity} options={choices('severity')} />
        <SelectFilter label="Reason" name="reason" value={search.reason} options={named(REASONS)} />
        <SelectFilter label="Target" name="model" value={search.model} options={named(TARGET_MODELS)} />
        <ConnectorFilter value={search.connector} />
        <RangeFilter from={search.from} to={search.to} />
        <SearchFilter label="Search tools" name="tool" value={search.tool} />
        <SearchFilter label="Search details" value={search.q} />
      </Filters>
      <List
        {...list}
        label="Diagnostics"
        noun={['diagnostic', 'diagnostics']}
        columns={DIAGNOSTIC_COLUMNS}
        useCells={useDiagnosticCells}
        connection={(data: Diagnostics_query$data) => data.connectorSyncDiagnostics}
        topics={['diagnostics']}
        empty={<Empty title="No diagnostic passes the filters.">Diagnostics are kept for 30 days unless configured otherwise.</Empty>}
      />
    </Page>
  );
}
