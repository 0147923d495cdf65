import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { graphql, useFragment } from 'react-relay';

import type { CollectCells_collect$key } from '../../../__generated__/CollectCells_collect.graphql';
import type { CollectCellsMutation, CollectStatus } from '../../../__generated__/CollectCellsMutation.graphql';
import { useViewer } from '../../app/viewer';
import { useAction } from '../../relay/useAction';
import { Badge, Text, Time } from '../../ui/basics';
import type { Column } from '../../ui/DataTable';
import { own } from '../../ui/format';

export const COLLECT_COLUMNS: readonly Column[] = [
  { id: 'status', header: 'Status' },
  { id: 'provider', header: 'Provider' },
  { id: 'person', header: 'Started by' },
  { id: 'started', header: 'Started', order: 'STARTED_AT' },
  { id: 'ended', header: 'Ended', order: 'ENDED_AT' },
  { id: 'task', header: 'Task' },
  { id: 'actions', header: 'Actions' },
];

/** What a table shows of a collect, and what one may do with it. */
export function useCollectCells({ node }: { node: CollectCells_collect$key }): Record<string, ReactNode> {
  const { work } = useViewer();
  const collect = useFragment(
    graphql`
      fragment CollectCells_collect on Collect {
        id
        status
        provider
        startedAt
        endedAt
        updatedAt
        people {
          fullName
        }
        task {
          title
        }
      }
    `,
    node,
  );
  return {
    status: <Badge of="collect" value={collect.status} />,
    provider: collect.provider ?? <span className="quiet">By hand</span>,
    person: <Text value={collect.people.fullName} />,
    started: <Time at={collect.startedAt} />,
    ended: <Time at={collect.endedAt} />,
    task: collect.task ? <Link to="/tasks" search={{ q: collect.task.title }}>{collect.task.title}</Link> : <Text value={null} />,
    actions: work ? <Actions {...collect} /> : <Text value={null} />,
  };
}

/** What may come after each status; after an unknown one, nothing. */
const NEXT: Record<string, readonly [status: CollectStatus, label: string][]> = {
  TODO: [['IN_PROGRESS', 'Start']],
  IN_PROGRESS: [
    ['FINALIZED', 'Finish'],
    ['ERROR', 'Give up'],
  ],
};

interface Collect {
  readonly id: string;
  readonly status?: string | null | undefined;
  readonly startedAt?: string | null | undefined;
  readonly updatedAt?: string | null | undefined;
}

interface Refusal {
  readonly message: string;
  /** What the person wanted of a collect that somebody else changed meanwhile. */
  readonly wanted?: CollectStatus;
}

function Actions({ id, status, startedAt = null, updatedAt = null }: Collect) {
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const update = useAction<CollectCellsMutation>(graphql`
    mutation CollectCellsMutation($input: UpdateCollectInput!) {
      updateCollect(input: $input) {
        collect {
          id
          status
          startedAt
          endedAt
          updatedAt
        }
        userErrors {
          ...useAction_error @relay(mask: false)
        }
      }
    }
  `);
  const change = async (wanted: CollectStatus) => {
    setRefusal(null);
    const now = new Date().toISOString();
    const times = wanted === 'IN_PROGRESS' ? { startedAt: now, endedAt: null } : { startedAt, endedAt: now };
    try {
      const { updateCollect: payload } = await update(
        { input: { id, status: wanted, expectedUpdatedAt: updatedAt } },
        { updateCollect: { collect: { id, status: wanted, updatedAt, ...times }, userErrors: [] } },
      );
      const [error] = payload?.userErrors ?? [];
      if (error?.code === 'CONFLICT' && payload?.collect) setRefusal({ message: 'Somebody else changed it meanwhile.', wanted });
      else if (error) setRefusal({ message: error.message });
    } catch (error) {
      setRefusal({ message: (error as Error).message });
    }
  };
  const choices = own(NEXT, status) ?? [];
  const again = choices.find(([next]) => next === refusal?.wanted);
  return (
    <div className="row">
      {(again ? [] : choices).map(([next, label]) => (
        <button key={next} type="button" className="button small" onClick={() => void change(next)}>
          {label}
        </button>
      ))}
      {refusal && (
        <span className="field-error" role="alert">
          {refusal.message}
        </span>
      )}
      {again && (
        <>
          <button type="button" className="button small" onClick={() => setRefusal(null)}>
            Keep theirs
          </button>
          <button type="button" className="button small" onClick={() => void change(again[0])}>
            {again[1]} anyway
          </button>
        </>
      )}
    </div>
  );
}
