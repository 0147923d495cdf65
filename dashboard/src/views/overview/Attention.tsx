import { Link } from '@tanstack/react-router';
import { graphql, usePaginationFragment } from 'react-relay';

import type { Attention_query$key } from '../../../__generated__/Attention_query.graphql';
import type { AttentionPageQuery } from '../../../__generated__/AttentionPageQuery.graphql';
import { useAllPages } from '../../relay/useAllPages';
import { useRead } from '../../relay/workspace';
import { Empty, Section, Skeleton } from '../../ui/basics';
import { count, words } from '../../ui/format';
import { ConnectorName } from '../connectors/ConnectorName';
import { problemOf } from '../connectors/problem';
import { ProblemNote } from '../connectors/ProblemNote';

/** What needs a person: which connectors do not sync as they should, why, since when, and what to do. */
export function Attention({ query, details }: { query: Attention_query$key; details: boolean }) {
  const read = useRead('OverviewQuery');
  const { data, ...pages } = usePaginationFragment<AttentionPageQuery, Attention_query$key>(
    graphql`
      fragment Attention_query on Query
      @refetchable(queryName: "AttentionPageQuery")
      @argumentDefinitions(
        first: { type: "Int", defaultValue: 100 }
        after: { type: "String" }
        details: { type: "Boolean!" }
      ) {
        workspaceConnectors(first: $first, after: $after) @connection(key: "Attention_workspaceConnectors") {
          edges {
            node {
              id
              ...ConnectorName_connector
              ...problem_connector
            }
          }
        }
        connectorMappings(first: 3, filter: { needsRegeneration: { eq: true } }) @include(if: $details) {
          totalCount
          nodes {
            id
            targetModel
            toolName
          }
        }
      }
    `,
    query,
  );
  // Health is not a filter of the API, so all connectors are looked at.
  useAllPages(pages, 100);
  const connectors = read(data.workspaceConnectors, 'workspaceConnectors').edges;
  const problems = connectors.flatMap(({ node }) => {
    const problem = problemOf(node);
    return problem ? [{ node, problem }] : [];
  });
  const broken = problems.filter(({ problem }) => problem.tone === 'bad');
  const doubtful = problems.filter(({ problem }) => problem.tone !== 'bad');
  // Left out for those who may not read them.
  const mappings = details ? read(data.connectorMappings, 'connectorMappings') : null;
  const regenerate = mappings?.totalCount ?? 0;
  // What the rest of them says is not known yet.
  if (pages.hasNext) return <Skeleton label="Looking at the connectors" />;
  return (
    <Section
      title={headline(broken.length, doubtful.length)}
      note={<Link to="/connectors">All {count(connectors.length, 'connector')}</Link>}
      className="attention"
    >
      {problems.length === 0 && (
        <Empty title={connectors.length > 0 ? 'All connectors sync as they should.' : 'Nothing is connected yet.'}>
          {connectors.length === 0 && 'Connect a tool in Well; its runs appear here by themselves.'}
        </Empty>
      )}
      <ul className="problems">
        {[...broken, ...doubtful].map(({ node, problem }) => (
          <li key={node.id} className={`problem ${problem.tone}`} data-connector={node.id}>
            <div className="problem-name">
              <p>
                <ConnectorName connector={node} />
              </p>
              <span className={`badge ${problem.tone}`}>{problem.title}</span>
            </div>
            <ProblemNote problem={problem} />
          </li>
        ))}
        {regenerate > 0 && (
          <li className="problem warning">
            <div className="problem-name">
              <p>
                <Link to="/mappings" search={{ regenerate: 'true' }} className="connector-name" data-number="regenerate">
                  {count(regenerate, 'mapping')}
                </Link>
              </p>
              <span className="badge warning">Regenerate</span>
            </div>
            <div className="problem-what">
              <p>The tool’s answers have changed, or the last sync kept nothing.</p>
              <p className="todo">
                Have them regenerated, or give them instructions:{' '}
                {mappings?.nodes.map(({ id, targetModel, toolName }, index) => (
                  <span key={id}>
                    {index > 0 && ', '}
                    <Link to="/mappings/$id" params={{ id }}>
                      {words(targetModel)} from {toolName}
                    </Link>
                  </span>
                ))}
              </p>
            </div>
          </li>
        )}
      </ul>
    </Section>
  );
}

/** How many connectors do not sync, and how many may not. */
function headline(broken: number, doubtful: number): string {
  const doubt = doubtful === 1 ? '1 needs a look' : `${doubtful} need a look`;
  if (broken === 0) return doubtful === 0 ? 'Every connector syncs' : doubt.replace(/^\d+/, count(doubtful, 'connector'));
  return `${count(broken, 'connector does not sync', 'connectors do not sync')}${doubtful === 0 ? '' : `, ${doubt}`}`;
}
