import { Link, useSearch } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import { graphql, useFragment, usePaginationFragment } from 'react-relay';

import type { Connectors_connector$key } from '../../../__generated__/Connectors_connector.graphql';
import type { Connectors_query$data, Connectors_query$key } from '../../../__generated__/Connectors_query.graphql';
import type { ConnectorsPageQuery } from '../../../__generated__/ConnectorsPageQuery.graphql';
import type { ConnectorsQuery } from '../../../__generated__/ConnectorsQuery.graphql';
import { useAllPages } from '../../relay/useAllPages';
import { useLiveQuery } from '../../relay/useQuery';
import { useRead } from '../../relay/workspace';
import { Badge, Empty, Page, Text, Time } from '../../ui/basics';
import { daysOf } from '../../ui/charts/series';
import { SmallBars } from '../../ui/charts/SmallBars';
import { DataTable, type Column } from '../../ui/DataTable';
import { eq, Filters, orderOf, SearchFilter, SelectFilter, sortOf, useSetSearch } from '../../ui/filters';
import { count, own, timeZone } from '../../ui/format';
import { QueryButton } from '../../ui/QueryButton';
import { startOfDay } from '../../ui/time';
import { choices, word } from '../../ui/vocabulary';
import { ConnectorName } from './ConnectorName';

const COLUMNS: readonly Column[] = [
  { id: 'connector', header: 'Connector', order: 'NAME', first: 'ASC' },
  { id: 'state', header: 'State', order: 'STATE', first: 'ASC' },
  { id: 'health', header: 'Health', order: 'HEALTH', first: 'ASC' },
  { id: 'success', header: 'Last success', order: 'LAST_SUCCESS' },
  { id: 'latest', header: 'Newest run' },
  { id: 'week', header: 'Seven days' },
];
const SERIES = ['SUCCESS', 'IN_PROGRESS', 'SCHEDULED', 'ERROR'].map((key) => ({ key, ...word('run', key) }));

/** All connectors of the workspace, with how they sync. */
export function Connectors() {
  const search = useSearch({ from: '/connectors' });
  const set = useSetSearch();
  const [week] = useState(() => ({ from: startOfDay(6).toISOString(), to: startOfDay(-1).toISOString() }));
  const filter = search.state ? { connectionState: eq(search.state) } : {};
  const found = useLiveQuery<ConnectorsQuery>(
    graphql`
      query ConnectorsQuery($filter: WorkspaceConnectorFilter, $from: DateTime!, $to: DateTime!, $zone: String!) {
        ...Connectors_query @arguments(filter: $filter, from: $from, to: $to, zone: $zone)
      }
    `,
    { filter, ...week, zone: timeZone },
    ['connectors', 'runs'],
  );
  const read = useRead('ConnectorsQuery');
  const { data, ...pages } = usePaginationFragment<ConnectorsPageQuery, Connectors_query$key>(
    graphql`
      fragment Connectors_query on Query
      @refetchable(queryName: "ConnectorsPageQuery")
      @argumentDefinitions(
        first: { type: "Int", defaultValue: 50 }
        after: { type: "String" }
        filter: { type: "WorkspaceConnectorFilter" }
        from: { type: "DateTime!" }
        to: { type: "DateTime!" }
        zone: { type: "String!" }
      ) {
        workspaceConnectors(
          first: $first
          after: $after
          filter: $filter
          orderBy: [{ field: CREATED_AT, direction: ASC }]
        ) @connection(key: "Connectors_workspaceConnectors", filters: ["filter"]) {
          edges {
            node {
              id
              accountLabel
              connectionState
              lastSuccessfulSyncAt
              connector {
                name
              }
              health {
                status
              }
              week: syncLogs(first: 1, filter: { createdAt: { gte: $from } }) {
                statistics {
                  series(bucket: DAY, timezone: $zone, from: $from, to: $to) {
                    total
                  }
                }
              }
              ...Connectors_connector @arguments(from: $from, to: $to, zone: $zone)
            }
          }
        }
      }
    `,
    found,
  );
  useAllPages(pages, 50);
  const text = search.q?.toLowerCase() ?? '';
  const { edges } = read(data.workspaceConnectors, 'workspaceConnectors');
  const most = Math.max(1, ...edges.flatMap(({ node }) => node.week?.statistics?.series.map(({ total }) => total) ?? []));
  const order = orderOf(search.sort, { field: 'STATE', direction: 'ASC' });
  // Names and health are no filters of the API; all connectors of a workspace are few enough to be searched and ordered here.
  const rows = useMemo(
    () =>
      edges
        .filter(({ node }) => !text || nameOf(node).includes(text))
        .filter(({ node }) => !search.health || node.health.status === search.health)
        .sort(({ node: one }, { node: other }) => (order.direction === 'ASC' ? 1 : -1) * compare(keysOf(one, order.field), keysOf(other, order.field)))
        .map(({ node }) => ({ node, most })),
    [edges, text, search.health, order.field, order.direction, most],
  );
  return (
    <Page title="Connectors" lead="What is connected in this workspace, and how it syncs." actions={<QueryButton operations={['ConnectorsQuery']} />}>
      <Filters>
        <SelectFilter label="State" name="state" value={search.state} options={choices('state')} />
        <SelectFilter label="Health" name="health" value={search.health} options={choices('health')} />
        <SearchFilter label="Search by name or account" value={search.q} />
      </Filters>
      <p className="total" role="status" data-total={rows.length}>
        {count(rows.length, 'connector')}
      </p>
      {rows.length === 0 ? (
        <Empty title="No connector passes the filters.">Take a filter away to see more.</Empty>
      ) : (
        <DataTable
          label="Connectors"
          columns={COLUMNS}
          rows={rows}
          keyOf={({ node }) => node.id}
          useCells={useConnectorCells}
          order={order}
          onOrder={(next) => set({ sort: sortOf(next) })}
          total={rows.length}
        />
      )}
    </Page>
  );
}

type Connector = NonNullable<Connectors_query$data['workspaceConnectors']>['edges'][number]['node'];

const nameOf = ({ connector, accountLabel }: Connector) => `${connector?.name ?? ''} ${accountLabel ?? ''}`.toLowerCase();

/** What is broken stands first. */
const STATES = ['ERROR', 'CONNECTING', 'CONNECTED', 'MISSING'];
const HEALTH = ['HUNG', 'NEVER_DISPATCHED', 'STALE', 'SILENT', 'HEALTHY'];
const digit = (order: readonly string[], value: string) => String(order.indexOf(value) + 1);

/** By what a connector is ordered, the most important first. */
function keysOf(node: Connector, field: string): string[] {
  const state = digit(STATES, node.connectionState);
  // Nobody expects of one that is not connected to be well.
  const health = node.connectionState === 'MISSING' ? '9' : digit(HEALTH, node.health.status);
  const name = nameOf(node);
  const keys: Record<string, string[]> = { NAME: [], HEALTH: [health, state], LAST_SUCCESS: [node.lastSuccessfulSyncAt ?? ''] };
  return [...(own(keys, field) ?? [state, health]), name];
}

function compare(one: string[], other: string[]): number {
  const at = one.findIndex((key, index) => key !== other[index]);
  return at < 0 ? 0 : one[at]!.localeCompare(other[at]!);
}

function useConnectorCells({ node, most }: { node: Connectors_connector$key; most: number }): Record<string, ReactNode> {
  const connector = useFragment(
    graphql`
      fragment Connectors_connector on WorkspaceConnector
      @argumentDefinitions(from: { type: "DateTime!" }, to: { type: "DateTime!" }, zone: { type: "String!" }) {
        id
        ...ConnectorName_connector
        connectionState
        lastSuccessfulSyncAt
        health {
          status
        }
        latestSyncLog {
          id
          status
          createdAt
        }
        week: syncLogs(first: 1, filter: { createdAt: { gte: $from } }) {
          statistics {
            series(bucket: DAY, timezone: $zone, from: $from, to: $to) {
              start
              total
              byStatus {
                status
                count
              }
            }
          }
        }
      }
    `,
    node,
  );
  const { latestSyncLog: latest } = connector;
  const days = daysOf(connector.week?.statistics?.series, ({ byStatus }) => byStatus.map(({ status, count }) => [status, count]));
  const all = days.reduce((sum, { total }) => sum + total, 0);
  const failed = days.reduce((sum, { values }) => sum + (values['ERROR'] ?? 0), 0);
  return {
    connector: <ConnectorName connector={connector} />,
    state: <Badge of="state" value={connector.connectionState} />,
    health: connector.connectionState === 'MISSING' ? <Text value={null} /> : <Badge of="health" value={connector.health.status} />,
    success: <Time at={connector.lastSuccessfulSyncAt} ago />,
    latest: latest ? (
      <Link to="/runs/$id" params={{ id: latest.id }}>
        <Badge of="run" value={latest.status} />
      </Link>
    ) : (
      <Text value={null} />
    ),
    week: connector.week?.statistics ? (
      <Link to="/runs" search={{ connector: connector.id, from: days[0]?.start }} aria-label={`${count(all, 'run')} in seven days, ${failed} with an error`}>
        <SmallBars label={`${count(all, 'run')}, ${failed} with an error`} days={days} series={SERIES} most={most} />
      </Link>
    ) : (
      <Text value={null} />
    ),
  };
}
