import { useSearch } from '@tanstack/react-router';
import { graphql } from 'react-relay';

import type { Runs_query$data } from '../../../__generated__/Runs_query.graphql';
import type { RunsQuery } from '../../../__generated__/RunsQuery.graphql';
import { Empty, Page } from '../../ui/basics';
import { between, contains, eq, Filters, RangeFilter, SearchFilter, SelectFilter } from '../../ui/filters';
import { List } from '../../ui/List';
import { QueryButton } from '../../ui/QueryButton';
import { useList } from '../../ui/useList';
import { choices, TRIGGERS } from '../../ui/vocabulary';
import { ConnectorFilter } from '../connectors/ConnectorFilter';
import { RUN_COLUMNS, useRunCells } from './RunCells';

const query = graphql`
  query RunsQuery(
    $first: Int
    $after: String
    $filter: WorkspaceConnectorSyncLogFilter
    $orderBy: [WorkspaceConnectorSyncLogOrder!]
  ) {
    ...Runs_query @arguments(first: $first, after: $after, filter: $filter, orderBy: $orderBy)
  }
`;

const fragment = graphql`
  fragment Runs_query on Query
  @refetchable(queryName: "RunsPageQuery")
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    filter: { type: "WorkspaceConnectorSyncLogFilter" }
    orderBy: { type: "[WorkspaceConnectorSyncLogOrder!]" }
  ) {
    workspaceConnectorSyncLogs(
      first: $first
      after: $after
      last: $last
      before: $before
      filter: $filter
      orderBy: $orderBy
    ) @connection(key: "Runs_workspaceConnectorSyncLogs") {
      totalCount
      edges {
        cursor
        node {
          id
          ...RunCells_run
        }
      }
    }
  }
`;

/** All sync runs, as the address bar filters and orders them. */
export function Runs() {
  const search = useSearch({ from: '/runs' });
  const { list } = useList<RunsQuery>({
    query,
    fragment,
    connection: 'Runs_workspaceConnectorSyncLogs',
    search,
    orderBy: 'CREATED_AT',
    filter: {
      status: eq(search.status),
      triggerType: eq(search.trigger),
      workspaceConnector: eq(search.connector),
      error: contains(search.q),
      createdAt: between(search.from, search.to),
    },
  });
  return (
    <Page
      title="Runs"
      lead="Each sync run, from scheduled to finished."
      actions={<QueryButton operations={['RunsQuery', 'RunsPageQuery']} />}
    >
      <Filters>
        <SelectFilter label="Status" name="status" value={search.status} options={choices('run')} />
        <SelectFilter label="Trigger" name="trigger" value={search.trigger} options={TRIGGERS} />
        <ConnectorFilter value={search.connector} />
        <RangeFilter from={search.from} to={search.to} />
        <SearchFilter label="Search errors" value={search.q} />
      </Filters>
      <List
        {...list}
        label="Runs"
        noun={['run', 'runs']}
        columns={RUN_COLUMNS}
        useCells={useRunCells}
        connection={(data: Runs_query$data) => data.workspaceConnectorSyncLogs}
        topics={['runs']}
        empty={<Empty title="No run passes the filters.">Take a filter away, or wait: new runs appear here by themselves.</Empty>}
      />
    </Page>
  );
}
