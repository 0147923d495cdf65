import { Suspense } from 'react';
import { graphql } from 'react-relay';

import type { ConnectorFilterQuery } from '../../../__generated__/ConnectorFilterQuery.graphql';
import { useQuery } from '../../relay/useQuery';
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
  const { workspaceConnectors } = useQuery<ConnectorFilterQuery>(
    graphql`
      query ConnectorFilterQuery {
        workspaceConnectors(first: 100, orderBy: [{ field: CREATED_AT, direction: ASC }]) {
          nodes {
            id
            accountLabel
            connector {
              name
            }
          }
        }
      }
    `,
    {},
  );
  const options = (workspaceConnectors?.nodes ?? [])
    .map(({ id, accountLabel, connector }) => ({
      value: id,
      label: [connector?.name, accountLabel].filter(Boolean).join(' · '),
    }))
    .sort((one, other) => one.label.localeCompare(other.label));
  return <SelectFilter label={label} name={name} value={value} options={options} />;
}
