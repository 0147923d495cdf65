import { Link } from '@tanstack/react-router';
import { diffLines } from 'diff';
import { graphql } from 'react-relay';

import type { SuccessorQuery, TargetModel } from '../../../__generated__/SuccessorQuery.graphql';
import type { SeenMapping } from '../../relay/mappings';
import { useQuery } from '../../relay/useQuery';
import { Empty, Section } from '../../ui/basics';

/** What stands in the place of a mapping that was regenerated while one was looking at it. */
export function Successor({ former }: { former: SeenMapping }) {
  const { workspaceConnectorId, targetModel, toolName } = former;
  const { connectorMappings } = useQuery<SuccessorQuery>(
    graphql`
      query SuccessorQuery($workspaceConnectorId: ID!, $targetModel: TargetModel!, $toolName: String!) {
        connectorMappings(
          first: 1
          filter: {
            workspaceConnector: { eq: $workspaceConnectorId }
            targetModel: { eq: $targetModel }
            toolName: { eq: $toolName }
          }
        ) {
          nodes {
            id
            expression
            schemaKeyPaths
          }
        }
      }
    `,
    { workspaceConnectorId, targetModel: targetModel as TargetModel, toolName },
    'network-only',
  );
  const [current] = connectorMappings?.nodes ?? [];
  if (!current) {
    return <Empty title="This mapping was deleted while you looked at it.">Nothing has taken its place.</Empty>;
  }
  return (
    <Section
      title="This mapping was regenerated while you looked at it"
      note={
        <Link to="/mappings/$id" params={{ id: current.id }}>
          Open the new one
        </Link>
      }
    >
      <Comparison former={former} current={{ expression: current.expression ?? '', schemaKeyPaths: current.schemaKeyPaths ?? [] }} />
    </Section>
  );
}

type Compared = Pick<SeenMapping, 'expression' | 'schemaKeyPaths'>;

/** Two versions of a mapping beside each other: the expression, and the schema it was generated for. */
export function Comparison({ former, current }: { former: Compared; current: Compared }) {
  const paths = ({ schemaKeyPaths }: Compared) => schemaKeyPaths.map((path) => `${path}\n`).join('');
  return (
    <>
      <SideBySide label="expression" before={former.expression} after={current.expression} />
      {paths(former) !== paths(current) && <SideBySide label="key paths" before={paths(former)} after={paths(current)} />}
    </>
  );
}

function SideBySide({ label, before, after }: { label: string; before: string; after: string }) {
  const parts = diffLines(before, after);
  const side = (kept: 'removed' | 'added') =>
    parts
      .filter((part) => part[kept] || (!part.added && !part.removed))
      .map((part, index) => (
        <span key={index} className={part[kept] ? kept : undefined}>
          {part.value}
        </span>
      ));
  return (
    <div className="comparison">
      <div>
        <h3>The former {label}</h3>
        <pre className="code" tabIndex={0} aria-label={`The former ${label}`}>
          {side('removed')}
        </pre>
      </div>
      <div>
        <h3>The new {label}</h3>
        <pre className="code" tabIndex={0} aria-label={`The new ${label}`}>
          {side('added')}
        </pre>
      </div>
    </div>
  );
}
