import { useSearch } from '@tanstack/react-router';
import { graphql } from 'react-relay';

import type { Collects_query$data } from '../../../__generated__/Collects_query.graphql';
import type { CollectsQuery } from '../../../__generated__/CollectsQuery.graphql';
import { useViewer } from '../../app/viewer';
import { Empty, Page } from '../../ui/basics';
import { between, contains, eq, Filters, RangeFilter, SearchFilter, SelectFilter } from '../../ui/filters';
import { List } from '../../ui/List';
import { QueryButton } from '../../ui/QueryButton';
import { useList } from '../../ui/useList';
import { choices } from '../../ui/vocabulary';
import { COLLECT_COLUMNS, useCollectCells } from './CollectCells';
import { Later } from '../../ui/Later';
import { lazily } from '../../ui/lazily';

const StartCollect = lazily(() => import('./StartCollect'));

const query = graphql`
  query CollectsQuery($first: Int, $after: String, $filter: CollectFilter, $orderBy: [CollectOrder!]) {
    ...Collects_query @arguments(first: $first, after: $after, filter: $filter, orderBy: $orderBy)
  }
`;

const fragment = graphql`
  fragment Collects_query on Query
  @refetchable(queryName: "CollectsPageQuery")
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    filter: { type: "CollectFilter" }
    orderBy: { type: "[CollectOrder!]" }
  ) {
    collects(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy)
      @connection(key: "Collects_collects") {
      totalCount
      edges {
        cursor
        node {
          id
          ...CollectCells_collect
        }
      }
    }
  }
`;

/** All collects, and the start of a new one. */
export function Collects() {
  const { work } = useViewer();
  const search = useSearch({ from: '/collects' });
  const { list, connectionId, refresh } = useList<CollectsQuery>({
    query,
    fragment,
    connection: 'Collects_collects',
    search,
    orderBy: 'CREATED_AT',
    filter: {
      status: eq(search.status),
      provider: contains(search.q),
      createdAt: between(search.from, search.to),
    },
  });
  return (
    <Page
      title="Collects"
      lead="What people gather, mostly from the browser extension."
      actions={
        <>
          {work && (
            <Later part="The actions">
              <StartCollect connection={connectionId} onDone={refresh} />
            </Later>
          )}
          <QueryButton operations={['CollectsQuery', 'CollectsPageQuery']} />
        </>
      }
    >
      <Filters>
        <SelectFilter label="Status" name="status" value={search.status} options={choices('collect')} />
        <RangeFilter from={search.from} to={search.to} />
        <SearchFilter label="Search providers" value={search.q} />
      </Filters>
      <List
        {...list}
        label="Collects"
        noun={['collect', 'collects']}
        columns={COLLECT_COLUMNS}
        useCells={useCollectCells}
        connection={(data: Collects_query$data) => data.collects}
        topics={['collects']}
        empty={<Empty title="No collect passes the filters.">Take a filter away to see more.</Empty>}
      />
    </Page>
  );
}
