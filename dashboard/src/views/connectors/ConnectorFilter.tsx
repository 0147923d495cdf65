import { Suspense } from 'react';
import { graphql, usePaginationFragment } from 'react-relay';

import type { ConnectorFilter_query$key } from '../../../__generated__/ConnectorFilter_query.graphql';
import type { ConnectorFilterPageQuery } from '../../../__generated__/ConnectorFilterPageQuery.graphql';
import type { ConnectorFilterQuery } from '../../../__generated__/ConnectorFilterQuery.graphql';
import { useAllPages } from '../../relay/useAllPages';
import { useQuery } from '../../relay/useQuery';
import { useRead } from '../../relay/workspace';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { SelectFilter } from '../../ui/filters';

interface Props {
  readonly value: string | undefined;
  readonly name?: string;
  readonly label?: string;
}

/** Chooses one of the workspace's connectors. */
export function ConnectorFilter(props: Props) {
  return (
    <ErrorBoundary part="The connectors" resetKey="">
      <Suspense fallback={<SelectFilter label="Connector" name="connector" options={[]} {...props} />}>
        <Choices {...props} />
      </Suspense>
    </ErrorBoundary>
  );
}

function Choices({ value, name = 'connector', label = 'Connector' }: Props) {
  const found = useQuery<ConnectorFilterQuery>(
    graphql`
      query ConnectorFilterQuery {
        ...ConnectorFilter_query
      }
    `,
    {},
  );
  const { data, ...pages } = usePaginationFragment<ConnectorFilterPageQuery, ConnectorFilter_query$key>(
    graphql`
      fragment ConnectorFilter_query on Query
      @refetchable(queryName: "ConnectorFilterPageQuery")
      @argumentDefinitions(first: { type: "Int", defaultValue: 100 }, after: { type: "String" }) {
        workspaceConnectors(first: $first, after: $after, orderBy: [{ field: CREATED_AT, direction: ASC }])
          @connection(key: "ConnectorFilter_workspaceConnectors") {
          edges {
            node {
              id
              accountLabel
              connector {
                name
              }
            }
          }
        }
      }
    `,
    found,
  );
  useAllPages(pages, 100);
  const { edges } = useRead('ConnectorFilterQuery')(data.workspaceConnectors, 'workspaceConnectors');
  const options = edges
    .map(({ node: { id, accountLabel, connector } }) => ({
      value: id,
      label: [connector?.name, accountLabel].filter(Boolean).join(' · '),
    }))
    .sort((one, other) => one.label.localeCompare(other.label));
  return <SelectFilter label={label} name={name} value={value} options={options} />;
}
