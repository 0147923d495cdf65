import { graphql } from 'react-relay';

import type { ConnectorFilterQuery } from '../../../__generated__/ConnectorFilterQuery.graphql';
import { useQuery } from '../../relay/useQuery';
import { SelectFilter } from '../../ui/filters';

/** Chooses one of the workspace's connectors. */
export function ConnectorFilter({ value, name = 'connector', label = 'Connector' }: { value: string | undefined; name?: string; label?: string }) {
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
