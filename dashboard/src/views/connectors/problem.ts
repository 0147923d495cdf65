import type { LinkProps } from '@tanstack/react-router';
import { graphql, readInlineData } from 'react-relay';

import type { problem_connector$key } from '../../../__generated__/problem_connector.graphql';
import { formatAgo, formatSpan } from '../../ui/format';

/** What keeps a connector from syncing as it should. */
export interface Problem {
  readonly tone: 'bad' | 'warning';
  readonly title: string;
  readonly why: string;
  /** Since when, in words. */
  readonly since: string;
  /** The moment that `since` tells of. */
  readonly at: string;
  readonly todo: string;
  /** Where one sees more of it. */
  readonly more: LinkProps & { readonly label: string };
}

/** What a person must do about a connector; null when it is well, or nobody means it to sync. */
export function problemOf(key: problem_connector$key): Problem | null {
  const { id, status, connectionState, createdAt, lastSuccessfulSyncAt, health, latestSyncLog } = readInlineData(
    graphql`
      fragment problem_connector on WorkspaceConnector @inline {
        id
        status
        connectionState
        createdAt
        lastSuccessfulSyncAt
        health {
          hung
          neverDispatched
          stale
          silent
          inProgressSince
          scheduledSince
        }
        latestSyncLog {
          id
          status
          error
        }
      }
    `,
    key,
  );
  const run = (label: string): Problem['more'] =>
    latestSyncLog ? { label, to: '/runs/$id', params: { id: latestSyncLog.id } } : { label: 'Its runs', to: '/runs', search: { connector: id } };
  const runs = (label: string, status?: string): Problem['more'] => ({ label, to: '/runs', search: { connector: id, status } });
  const error = latestSyncLog?.status === 'ERROR' ? latestSyncLog.error : null;
  const unsuccessful = lastSuccessfulSyncAt
    ? { since: `No success for ${formatSpan(lastSuccessfulSyncAt)}`, at: lastSuccessfulSyncAt }
    : { since: `No success since it was connected ${formatAgo(createdAt)}`, at: createdAt };
  const broken = { tone: 'bad', ...unsuccessful } as const;

  switch (status) {
    case 'NEED_RECONNECT':
      return { ...broken, title: 'Reconnect', why: error ?? 'Its authorisation has expired.', todo: 'Authorise it again in Well.', more: run('Newest run') };
    case 'ERROR':
      return { ...broken, title: 'Broken', why: error ?? 'Its runs fail.', todo: 'Correct what the newest run reports.', more: run('Newest run') };
    case 'SUSPENDED':
      return {
        ...broken,
        title: 'Suspended',
        why: error ?? 'Its operator suspended it.',
        todo: 'Settle it with the provider, or ask your operator.',
        more: run('Newest run'),
      };
    case 'DEGRADED':
      return { ...broken, title: 'Working in part', why: error ?? 'Some of its runs fail.', todo: 'Compare the runs that fail.', more: runs('Failed runs', 'ERROR') };
  }
  if (connectionState === 'MISSING') return null;
  if (health.hung) {
    const at = health.inProgressSince ?? createdAt;
    return {
      tone: 'bad',
      title: 'Hung',
      why: 'A run has been in progress for too long.',
      since: `Running for ${formatSpan(at)}`,
      at,
      todo: 'Ask your operator to end the run, then start another.',
      more: run('The run'),
    };
  }
  if (health.neverDispatched) {
    const at = health.scheduledSince ?? createdAt;
    return {
      tone: 'bad',
      title: 'Never dispatched',
      why: 'A run was scheduled, and nothing has started it.',
      since: `Waiting for ${formatSpan(at)}`,
      at,
      todo: 'Ask your operator to look at the queue.',
      more: run('The run'),
    };
  }
  if (health.stale) {
    return { ...unsuccessful, tone: 'warning', title: 'Stale', why: error ?? 'No run has succeeded for too long.', todo: 'Start a run in Well.', more: runs('Its runs') };
  }
  if (health.silent) {
    return {
      tone: 'warning',
      title: 'Silent',
      why: 'Its runs succeed, but bring no record and no document.',
      since: lastSuccessfulSyncAt ? `Last success ${formatAgo(lastSuccessfulSyncAt)}` : unsuccessful.since,
      at: unsuccessful.at,
      todo: 'Check that the account holds data, and what it grants access to.',
      more: runs('Its runs'),
    };
  }
  return null;
}
