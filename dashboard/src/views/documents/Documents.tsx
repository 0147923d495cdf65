import { Link, useSearch } from '@tanstack/react-router';
import { graphql } from 'react-relay';

import type { Documents_query$data } from '../../../__generated__/Documents_query.graphql';
import type { DocumentsQuery } from '../../../__generated__/DocumentsQuery.graphql';
import { Empty, Page } from '../../ui/basics';
import { between, contains, eq, Filters, RangeFilter, SearchFilter, SelectFilter } from '../../ui/filters';
import { List } from '../../ui/List';
import { QueryButton } from '../../ui/QueryButton';
import { useList } from '../../ui/useList';
import { choices } from '../../ui/vocabulary';
import { ConnectorFilter } from '../connectors/ConnectorFilter';
import { DOCUMENT_COLUMNS, useDocumentCells } from './DocumentCells';

const query = graphql`
  query DocumentsQuery($first: Int, $after: String, $filter: DocumentFilter, $orderBy: [DocumentOrder!]) {
    ...Documents_query @arguments(first: $first, after: $after, filter: $filter, orderBy: $orderBy)
  }
`;

const fragment = graphql`
  fragment Documents_query on Query
  @refetchable(queryName: "DocumentsPageQuery")
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    filter: { type: "DocumentFilter" }
    orderBy: { type: "[DocumentOrder!]" }
  ) {
    documents(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy)
      @connection(key: "Documents_documents") {
      totalCount
      edges {
        cursor
        node {
          id
          ...DocumentCells_document
        }
      }
    }
  }
`;

/** All documents, with their source and their destinations. */
export function Documents() {
  const search = useSearch({ from: '/documents' });
  const { list } = useList<DocumentsQuery>({
    query,
    fragment,
    connection: 'Documents_documents',
    search,
    orderBy: 'CREATED_AT',
    filter: {
      processingStatus: eq(search.status),
      sourcedFrom: eq(search.source),
      routedTo: eq(search.routed),
      filename: contains(search.q),
      createdAt: between(search.from, search.to),
    },
  });
  return (
    <Page
      title="Documents"
      lead="Where each document came from, and where it was routed to."
      actions={
        <>
          <Link to="/provenance" className="button">
            By direction
          </Link>
          <QueryButton operations={['DocumentsQuery', 'DocumentsPageQuery']} />
        </>
      }
    >
      <Filters>
        <SelectFilter label="Processing" name="status" value={search.status} options={choices('document')} />
        <ConnectorFilter label="Source" name="source" value={search.source} />
        <ConnectorFilter label="Routed to" name="routed" value={search.routed} />
        <RangeFilter from={search.from} to={search.to} />
        <SearchFilter label="Search file names" value={search.q} />
      </Filters>
      <List
        {...list}
        label="Documents"
        noun={['document', 'documents']}
        columns={DOCUMENT_COLUMNS}
        useCells={useDocumentCells}
        connection={(data: Documents_query$data) => data.documents}
        topics={['documents']}
        empty={<Empty title="No document passes the filters.">Take a filter away to see more.</Empty>}
      />
    </Page>
  );
}
