import { Link, useParams } from '@tanstack/react-router';
import { Suspense, useEffect } from 'react';
import { graphql, useFragment } from 'react-relay';

import type { Mapping_mapping$key } from '../../../__generated__/Mapping_mapping.graphql';
import type { MappingQuery } from '../../../__generated__/MappingQuery.graphql';
import { useViewer } from '../../app/viewer';
import { useLiveQuery } from '../../relay/useQuery';
import { useMappingHistory } from '../../relay/workspace';
import { Count, Empty, Facts, Page, Section, Skeleton, Text, Time } from '../../ui/basics';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { words } from '../../ui/format';
import { QueryButton } from '../../ui/QueryButton';
import { ConnectorName } from '../connectors/ConnectorName';
import { ForMembers } from '../ForMembers';
import { Expression } from './Expression';
import { RegenerationBadge } from './MappingCells';
import { MappingDiagnostics } from './MappingDiagnostics';
import { lazily } from '../../ui/lazily';

const Trial = lazily(() => import('./Trial'));
const Successor = lazily(() => import('./Successor').then(({ Successor }) => ({ default: Successor })));
const Comparison = lazily(() => import('./Successor').then(({ Comparison }) => ({ default: Comparison })));

/** One mapping: its expression, how it was generated, what regeneration changed, and what it does with a sample. */
export function Mapping() {
  const { details } = useViewer();
  return details ? <One /> : <ForMembers title="Mapping" />;
}

function One() {
  const { id } = useParams({ from: '/mappings/$id' });
  const { expressions } = useViewer();
  const history = useMappingHistory();
  const { connectorMapping: mapping } = useLiveQuery<MappingQuery>(
    graphql`
      query MappingQuery($id: ID!, $expressions: Boolean!) {
        connectorMapping(id: $id) {
          targetModel
          toolName
          ...Mapping_mapping @arguments(expressions: $expressions)
        }
      }
    `,
    { id, expressions },
    ['mappings'],
  );
  const actions = <QueryButton operations={['MappingQuery', 'MappingDiagnosticsQuery', 'SuccessorQuery']} />;
  if (mapping) {
    return (
      <Page title={`${words(mapping.targetModel)} from ${mapping.toolName}`} actions={actions}>
        <Details mapping={mapping} />
      </Page>
    );
  }
  const former = history.find(id);
  return (
    <Page title="Mapping" actions={actions}>
      {former ? (
        <Suspense fallback={<Skeleton lines={4} />}>
          <Successor former={former} />
        </Suspense>
      ) : (
        <Empty title="There is no such mapping in this workspace.">
          It may have been regenerated, which makes a new one. <Link to="/mappings">All mappings</Link>
        </Empty>
      )}
    </Page>
  );
}

function Details({ mapping: key }: { mapping: Mapping_mapping$key }) {
  const { expressions } = useViewer();
  const history = useMappingHistory();
  const mapping = useFragment(
    graphql`
      fragment Mapping_mapping on ConnectorMapping @argumentDefinitions(expressions: { type: "Boolean!" }) {
        id
        targetModel
        toolName
        needsRegeneration
        lastPersistCount
        selectedAt
        createdAt
        schemaFingerprint
        schemaKeyPaths
        expression @include(if: $expressions)
        userInstructions @include(if: $expressions)
        auditTrail @include(if: $expressions) {
          juryName
          judgeReasoning
          disagreementScore
        }
        predecessor @include(if: $expressions) {
          expression
          schemaKeyPaths
          createdAt
        }
        paginationSpec {
          type
        }
        workspaceConnector {
          id
          ...ConnectorName_connector
        }
      }
    `,
    key,
  );
  const workspaceConnectorId = mapping.workspaceConnector?.id;
  const { targetModel, toolName, expression } = mapping;
  const keyPaths = mapping.schemaKeyPaths ?? [];
  const former = mapping.predecessor;
  useEffect(() => {
    if (!workspaceConnectorId || !targetModel || typeof expression !== 'string') return;
    const schemaKeyPaths = mapping.schemaKeyPaths ?? [];
    history.remember({ id: mapping.id, workspaceConnectorId, targetModel, toolName, expression, schemaKeyPaths });
  }, [history, workspaceConnectorId, targetModel, toolName, expression, mapping.id, mapping.schemaKeyPaths]);
  const audit = mapping.auditTrail;
  return (
    <>
      <Section title="Summary">
        <Facts
          facts={[
            ['Connector', <ConnectorName connector={mapping.workspaceConnector} />],
            ['Regeneration', <RegenerationBadge needed={mapping.needsRegeneration} />],
            ['Entities kept by the last sync', <Count value={mapping.lastPersistCount} />],
            ['Created', <Time at={mapping.createdAt} />],
            ['Tool selected', <Time at={mapping.selectedAt} />],
            ['Pagination', <Text value={mapping.paginationSpec?.type ?? 'One page'} />],
          ]}
        />
      </Section>
      {!expressions && <p className="notice">The expression, and how it was generated, are for admins and owners.</p>}
      {former && (
        <Section title="What regeneration changed" note={<>the former one is of <Time at={former.createdAt} /></>}>
          <Suspense fallback={<Skeleton lines={4} />}>
            <Comparison
              former={{ expression: former.expression, schemaKeyPaths: former.schemaKeyPaths ?? [] }}
              current={{ expression: expression ?? '', schemaKeyPaths: keyPaths }}
            />
          </Suspense>
        </Section>
      )}
      {typeof expression === 'string' && (
        <>
          <Section title="Expression" note="JSONata">
            <Expression text={expression} />
          </Section>
          <Section title="Try it" note="in your browser; nothing is sent">
            <Suspense fallback={<Skeleton lines={4} />}>
              <Trial expression={expression} keyPaths={keyPaths} />
            </Suspense>
          </Section>
        </>
      )}
      {expressions && (
        <Section title="Generation">
          <Facts
            facts={[
              ['Instructions', <Text value={mapping.userInstructions} />],
              ['Jury', <Text value={audit?.juryName} />],
              ['Disagreement', audit?.disagreementScore === null || audit?.disagreementScore === undefined ? '–' : audit.disagreementScore.toFixed(2)],
              ['Judge’s reasoning', <Text value={audit?.judgeReasoning} />, 'long'],
            ]}
          />
        </Section>
      )}
      {workspaceConnectorId && targetModel && (
        <Section title="Diagnostics of this mapping" note="the newest ten of its connector, target and tool">
          <ErrorBoundary part="The diagnostics" resetKey={mapping.id}>
            <Suspense fallback={<Skeleton lines={3} />}>
              <MappingDiagnostics connector={workspaceConnectorId} targetModel={targetModel} toolName={toolName} />
            </Suspense>
          </ErrorBoundary>
        </Section>
      )}
      <Section title="Schema it was generated for" note={<Text value={mapping.schemaFingerprint} />}>
        {keyPaths.length === 0 ? (
          <Empty title="No key path was recorded." />
        ) : (
          <ul className="paths">
            {keyPaths.map((path) => (
              <li key={path}>
                <code>{path}</code>
              </li>
            ))}
          </ul>
        )}
      </Section>
    </>
  );
}
