import { graphql } from 'react-relay';

import type { CollectStatus, StartCollectMutation } from '../../../__generated__/StartCollectMutation.graphql';
import { useViewer } from '../../app/viewer';
import { useAction } from '../../relay/useAction';
import { ChoiceField, Field } from '../../ui/fields';
import { FormAction } from '../../ui/FormAction';

const STATUSES = [
  { value: 'IN_PROGRESS', label: 'At once' },
  { value: 'TODO', label: 'Later' },
];

/** Starts a collect, which is the first of the list before the server has answered. */
export default function StartCollect({ connection, onDone }: { connection: string; onDone: () => void }) {
  const { person } = useViewer();
  const create = useAction<StartCollectMutation>(graphql`
    mutation StartCollectMutation($input: CreateCollectInput!, $connections: [ID!]!) @raw_response_type {
      createCollect(input: $input) {
        collect @prependNode(connections: $connections, edgeTypeName: "CollectEdge") {
          id
          ...CollectCells_collect
        }
        userErrors {
          ...useAction_error @relay(mask: false)
        }
      }
    }
  `);
  return (
    <FormAction
      label="Start a collect"
      look="primary"
      submit="Start"
      onSubmit={async (values, { idempotencyKey }) => {
        const provider = values['provider']?.trim() || null;
        const status = values['status'] as CollectStatus;
        const expected = {
          id: `client:${idempotencyKey}`,
          provider,
          status,
          startedAt: status === 'IN_PROGRESS' ? new Date().toISOString() : null,
          endedAt: null,
          updatedAt: null,
          people: person ?? { id: 'client:person', fullName: null },
          task: null,
        };
        const { createCollect: payload } = await create(
          { input: { provider, status, idempotencyKey }, connections: [connection] },
          { createCollect: { collect: expected, userErrors: [] } },
        );
        if (payload?.userErrors.length === 0) onDone();
        return { errors: payload?.userErrors ?? [] };
      }}
    >
      <Field name="provider" label="Provider, such as linkedin; empty when by hand" autoFocus />
      <ChoiceField name="status" label="When" options={STATUSES} />
    </FormAction>
  );
}
