import { useState } from 'react';
import { graphql } from 'react-relay';

import type { ApiKeyRole, KeyActionsCreateMutation } from '../../../__generated__/KeyActionsCreateMutation.graphql';
import type { KeyActionsRevokeMutation } from '../../../__generated__/KeyActionsRevokeMutation.graphql';
import { useViewer } from '../../app/viewer';
import { useAction } from '../../relay/useAction';
import { Dialog } from '../../ui/Dialog';
import { ChoiceField, Field } from '../../ui/fields';
import { FormAction } from '../../ui/FormAction';
import { words } from '../../ui/format';

/** What a key may be made for here; the pipeline's are made by the operator. */
const rolesFor = (role: string) => ['MEMBER', 'GUEST', 'ADMIN', ...(role === 'OWNER' ? ['OWNER'] : [])].map((value) => ({ value, label: words(value) }));

const LOST = 'The key was created by the first try, whose answer was lost. Revoke it, and create another.';

/** Creates a key. It is shown once; neither the page nor the server keeps it. */
export function CreateKey({ onDone }: { onDone: () => void }) {
  const { role: own } = useViewer();
  const [secret, setSecret] = useState<string | null>(null);
  const create = useAction<KeyActionsCreateMutation>(graphql`
    mutation KeyActionsCreateMutation($input: CreateApiKeyInput!) {
      createApiKey(input: $input) {
        secret
        userErrors {
          ...useAction_error @relay(mask: false)
        }
      }
    }
  `);
  return (
    <>
      <FormAction
        label="Create a key"
        look="primary"
        submit="Create"
        onSubmit={async ({ name = '', role, expiresAt: day }, { idempotencyKey }) => {
          const expiresAt = day && new Date(`${day}T00:00`).toISOString();
          const input = { name, role: role as ApiKeyRole, ...(expiresAt && { expiresAt }), idempotencyKey };
          const { createApiKey: payload } = await create({ input });
          const errors = payload?.userErrors ?? [];
          if (payload?.secret) setSecret(payload.secret);
          if (errors.length === 0) onDone();
          return { errors: errors.length > 0 || payload?.secret ? errors : [{ code: 'CONFLICT', message: LOST, path: ['secret'] }] };
        }}
      >
        <Field name="name" label="What it is for" autoFocus />
        <ChoiceField name="role" label="What its holder may do" options={rolesFor(own)} />
        <Field name="expiresAt" label="Expires on; empty when never" type="date" />
      </FormAction>
      {secret && <Secret secret={secret} onClose={() => setSecret(null)} />}
    </>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(secret).then(() => setCopied(true), () => {});
  return (
    <Dialog title="The new key" onClose={onClose} kept>
      <p>Copy it now. It is shown this once, and cannot be read again.</p>
      <pre className="code secret" tabIndex={0} aria-label="The key">
        {secret}
      </pre>
      <div className="row end">
        <span role="status">{copied && 'Copied.'}</span>
        <button type="button" className="button" onClick={copy}>
          Copy
        </button>
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}

/** Revokes a key, after a question. */
export function RevokeKey({ id, name, updatedAt, onDone }: { id: string; name: string; updatedAt: string | null; onDone: () => void }) {
  const revoke = useAction<KeyActionsRevokeMutation>(graphql`
    mutation KeyActionsRevokeMutation($input: RevokeApiKeyInput!) {
      revokeApiKey(input: $input) {
        userErrors {
          ...useAction_error @relay(mask: false)
        }
      }
    }
  `);
  return (
    <FormAction
      label="Revoke"
      name={`Revoke ${name}`}
      look="small"
      title={`Revoke ${name}?`}
      submit="Revoke"
      danger
      updatedAt={updatedAt}
      onSubmit={async (_, { expectedUpdatedAt }) => {
        const { revokeApiKey: payload } = await revoke({ input: { id, expectedUpdatedAt } });
        if (payload?.userErrors.length === 0) onDone();
        return { errors: payload?.userErrors ?? [] };
      }}
    >
      <p>Programs that use it are refused from now on. A revoked key does not come back.</p>
    </FormAction>
  );
}
