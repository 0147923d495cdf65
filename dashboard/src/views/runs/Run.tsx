import { useParams } from '@tanstack/react-router';
import { Suspense } from 'react';
import { graphql } from 'react-relay';

import type { RunQuery } from '../../../__generated__/RunQuery.graphql';
import { useViewer } from '../../app/viewer';
import { useLiveQuery } from '../../relay/useQuery';
import { Badge, Count, Empty, Facts, Page, Section, Skeleton, Text, Time } from '../../ui/basics';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { formatDuration, words } from '../../ui/format';
import { LongText } from '../../ui/LongText';
import { QueryButton } from '../../ui/QueryButton';
import { triggerLabel } from '../../ui/vocabulary';
import { ConnectorName } from '../connectors/ConnectorName';
import { RunDiagnostics } from './RunDiagnostics';

/** One run: how it went, what it noted, and the diagnostics of its connector around that time. */
export function Run() {
  const { id } = useParams({ from: '/runs/$id' });
  const rights = useViewer();
  const { workspaceConnectorSyncLog: run } = useLiveQuery<RunQuery>(
    graphql`
      query RunQuery($id: ID!, $admin: Boolean!) {
        workspaceConnectorSyncLog(id: $id) {
          status
          triggerType
          createdAt
          startedAt
          completedAt
          durationMs
          recordsSynced
          pagesFetched
          error
          metadata
          cloudTaskId @include(if: $admin)
          workspaceConnector {
            id
            ...ConnectorName_connector
          }
        }
      }
    `,
    { id, admin: rights.expressions },
    ['runs'],
  );
  const actions = <QueryButton operations={['RunQuery', 'RunDiagnosticsQuery']} />;
  if (!run) {
    return (
      <Page title="Run" actions={actions}>
        <Empty title="There is no such run in this workspace.">It may have been deleted, or belong to another workspace.</Empty>
      </Page>
    );
  }
  return (
    <Page title={`Run: ${words(run.status).toLowerCase()}`} lead={<ConnectorName connector={run.workspaceConnector} />} actions={actions}>
      <Section title="Summary">
        {run.error && (
          <div className="notice bad">
            <LongText text={run.error} />
          </div>
        )}
        <Facts
          facts={[
            ['Status', <Badge of="run" value={run.status} />],
            ['Trigger', <Text value={run.triggerType && triggerLabel(run.triggerType)} />],
            ['Scheduled', <Time at={run.createdAt} />],
            ['Started', <Time at={run.startedAt} />],
            ['Completed', <Time at={run.completedAt} />],
            ['Duration', run.durationMs === null || run.durationMs === undefined ? '–' : formatDuration(run.durationMs)],
            ['Records synced', <Count value={run.recordsSynced} />],
            ['Pages fetched', <Count value={run.pagesFetched} />],
            ...(run.cloudTaskId ? [['Queue task', <code>{run.cloudTaskId}</code>, 'long'] as [string, React.ReactNode, 'long']] : []),
          ]}
        />
      </Section>
      {rights.details && run.workspaceConnector && (
        <Section title="Diagnostics around that time" note="From 15 minutes before it was scheduled to 15 minutes after it ended">
          <ErrorBoundary part="The diagnostics" resetKey={id}>
            <Suspense fallback={<Skeleton lines={3} />}>
              <RunDiagnostics connector={run.workspaceConnector.id} from={run.createdAt} to={run.completedAt ?? null} />
            </Suspense>
          </ErrorBoundary>
        </Section>
      )}
      <Section title="Metadata" note="Free-form, as the pipeline wrote it">
        {run.metadata === null || run.metadata === undefined ? (
          <Empty title="The run has no metadata." />
        ) : (
          <pre className="code" tabIndex={0} aria-label="Metadata">
            {JSON.stringify(run.metadata, null, 2)}
          </pre>
        )}
      </Section>
    </Page>
  );
}
