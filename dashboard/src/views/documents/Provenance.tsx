import { useSearch } from '@tanstack/react-router';
import { graphql } from 'react-relay';

import type { Provenance_query$data } from '../../../__generated__/Provenance_query.graphql';
import type { ProvenanceQuery } from '../../../__generated__/ProvenanceQuery.graphql';
import { Empty, Page } from '../../ui/basics';
import { between, eq, Filters, RangeFilter, SelectFilter } from '../../ui/filters';
import { List } from '../../ui/List';
import { QueryButton } from '../../ui/QueryButton';
import { useList } from '../../ui/useList';
import { ConnectorFilter } from '../connectors/ConnectorFilter';
import { LINK_COLUMNS, useLinkCells } from './LinkCells';

const DIRECTIONS = [
  { value: 'INPUT', label: 'In' },
  { value: 'OUTPUT', label: 'Out' },
];

const query = graphql`
  query ProvenanceQuery($first: Int, $after: String, $filter: DocumentWorkspaceConnectorFilter, $orderBy: [DocumentWorkspaceConnectorOrder!]) {
    ...Provenance_query @arguments(first: $first, after: $after, filter: $filter, orderBy: $orderBy)
  }
`;

const fragment = graphql`
  fragment Provenance_query on Query
  @refetchable(queryName: "ProvenancePageQuery")
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    filter: { type: "DocumentWorkspaceConnectorFilter" }
    orderBy: { type: "[DocumentWorkspaceConnectorOrder!]" }
  ) {
    documentWorkspaceConnectors(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy)
      @connection(key: "Provenance_documentWorkspaceConnectors") {
      totalCount
      edges {
        cursor
        node {
          id
          ...LinkCells_link
        }
      }
    }
  }
`;

/** The provenance ledger: which connector handled which document, in which direction, when. */
export function Provenance() {
  const search = useSearch({ from: '/provenance' });
  const { list } = useList<ProvenanceQuery>({
    query,
    fragment,
    connection: 'Provenance_documentWorkspaceConnectors',
    search,
    orderBy: 'CREATED_AT',
    filter: {
      direction: eq(search.direction),
      workspaceConnector: eq(search.connector),
      createdAt: between(search.from, search.to),
    },
  });
  return (
    <Page title="Documents in and out" lead="Which connector handled a document, in which direction, and when." actions={<QueryButton operations={['ProvenanceQuery', 'ProvenancePageQuery']} />}>
      <Filters>
        <SelectFilter label="Direction" name="direction" value={search.direction} options={DIRECTIONS} />
        <ConnectorFilter value={search.connector} />
        <RangeFilter from={search.from} to={search.to} />
      </Filters>
      <List
        {...list}
        label="Documents in and out"
        noun={['document link', 'document links']}
        columns={LINK_COLUMNS}
        useCells={useLinkCells}
        connection={(data: Provenance_query$data) => data.documentWorkspaceConnectors}
        topics={['documents']}
        empty={<Empty title="No document link passes the filters.">Take a filter away to see more.</Empty>}
      />
    </Page>
  );
}
