import { useSearch } from '@tanstack/react-router';
import { graphql } from 'react-relay';

import type { Mappings_query$data } from '../../../__generated__/Mappings_query.graphql';
import type { MappingsQuery } from '../../../__generated__/MappingsQuery.graphql';
import { useViewer } from '../../app/viewer';
import { Empty, Page } from '../../ui/basics';
import { contains, eq, Filters, SearchFilter, SelectFilter } from '../../ui/filters';
import { List } from '../../ui/List';
import { QueryButton } from '../../ui/QueryButton';
import { useList } from '../../ui/useList';
import { words } from '../../ui/format';
import { TARGET_MODELS } from '../../ui/vocabulary';
import { ForMembers } from '../ForMembers';
import { ConnectorFilter } from '../connectors/ConnectorFilter';
import { MAPPING_COLUMNS, useMappingCells } from './MappingCells';

const MODELS = TARGET_MODELS.map((value) => ({ value, label: words(value) }));
const REGENERATE = [
  { value: 'true', label: 'Needed' },
  { value: 'false', label: 'Not needed' },
];

const query = graphql`
  query MappingsQuery($first: Int, $after: String, $filter: ConnectorMappingFilter, $orderBy: [ConnectorMappingOrder!]) {
    ...Mappings_query @arguments(first: $first, after: $after, filter: $filter, orderBy: $orderBy)
  }
`;

const fragment = graphql`
  fragment Mappings_query on Query
  @refetchable(queryName: "MappingsPageQuery")
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    filter: { type: "ConnectorMappingFilter" }
    orderBy: { type: "[ConnectorMappingOrder!]" }
  ) {
    connectorMappings(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy)
      @connection(key: "Mappings_connectorMappings") {
      totalCount
      edges {
        cursor
        node {
          id
          ...MappingCells_mapping
        }
      }
    }
  }
`;

/** All mappings, with what the last sync kept. */
export function Mappings() {
  const { details } = useViewer();
  return details ? <All /> : <ForMembers title="Mappings" />;
}

function All() {
  const search = useSearch({ from: '/mappings' });
  const { list } = useList<MappingsQuery>({
    query,
    fragment,
    connection: 'Mappings_connectorMappings',
    search,
    orderBy: 'CREATED_AT',
    filter: {
      needsRegeneration: search.regenerate ? { eq: search.regenerate === 'true' } : undefined,
      targetModel: eq(search.model),
      workspaceConnector: eq(search.connector),
      toolName: contains(search.q),
    },
  });
  return (
    <Page title="Mappings" lead="How the answers of tools become entities." actions={<QueryButton operations={['MappingsQuery', 'MappingsPageQuery']} />}>
      <Filters>
        <SelectFilter label="Regeneration" name="regenerate" value={search.regenerate} options={REGENERATE} />
        <SelectFilter label="Target" name="model" value={search.model} options={MODELS} />
        <ConnectorFilter value={search.connector} />
        <SearchFilter label="Search tools" value={search.q} />
      </Filters>
      <List
        {...list}
        label="Mappings"
        noun={['mapping', 'mappings']}
        columns={MAPPING_COLUMNS}
        useCells={useMappingCells}
        connection={(data: Mappings_query$data) => data.connectorMappings}
        topics={['mappings']}
        empty={<Empty title="No mapping passes the filters.">Take a filter away to see more.</Empty>}
      />
    </Page>
  );
}
