import { graphql, useFragment } from 'react-relay';

import type { ConnectorActions_connector$key } from '../../../__generated__/ConnectorActions_connector.graphql';
import type { ConnectorActionsDisconnectMutation } from '../../../__generated__/ConnectorActionsDisconnectMutation.graphql';
import type { ConnectorActionsRenameMutation } from '../../../__generated__/ConnectorActionsRenameMutation.graphql';
import { useAction } from '../../relay/useAction';
import { Field } from '../../ui/fields';
import { FormAction } from '../../ui/FormAction';
import { outcomeOf } from '../../ui/FormDialog';

/** What admins may do with a connector. */
export default function ConnectorActions({ connector, name }: { connector: ConnectorActions_connector$key; name: string }) {
  const { id, accountLabel, updatedAt, status } = useFragment(
    graphql`
      fragment ConnectorActions_connector on WorkspaceConnector {
        id
        accountLabel
        status
        updatedAt
      }
    `,
    connector,
  );
  const rename = useAction<ConnectorActionsRenameMutation>(graphql`
    mutation ConnectorActionsRenameMutation($input: UpdateWorkspaceConnectorInput!) {
      updateWorkspaceConnector(input: $input) {
        workspaceConnector {
          id
          accountLabel
          updatedAt
        }
        userErrors {
          ...useAction_error @relay(mask: false)
        }
      }
    }
  `);
  const disconnect = useAction<ConnectorActionsDisconnectMutation>(graphql`
    mutation ConnectorActionsDisconnectMutation($input: DisconnectWorkspaceConnectorInput!) {
      disconnectWorkspaceConnector(input: $input) {
        workspaceConnector {
          id
          status
          connectionState
          updatedAt
        }
        userErrors {
          ...useAction_error @relay(mask: false)
        }
      }
    }
  `);
  return (
    <>
      <FormAction
        label="Rename"
        title="Rename the account"
        submit="Save"
        updatedAt={updatedAt}
        onSubmit={async ({ accountLabel: entered = '' }, { expectedUpdatedAt }) => {
          const label = entered.trim() || null;
          const { updateWorkspaceConnector: payload } = await rename(
            { input: { id, accountLabel: label, expectedUpdatedAt } },
            { updateWorkspaceConnector: { workspaceConnector: { id, accountLabel: label, updatedAt }, userErrors: [] } },
          );
          return outcomeOf(payload?.userErrors, payload?.workspaceConnector, (row) => `It is called “${row.accountLabel ?? 'nothing'}” now.`);
        }}
      >
        <Field name="accountLabel" label="Account, as people know it" value={accountLabel} autoFocus />
      </FormAction>
      {status !== 'DISABLED' && (
        <FormAction
          label="Disconnect"
          title={`Disconnect ${name}?`}
          submit="Disconnect"
          danger
          updatedAt={updatedAt}
          onSubmit={async (_, { expectedUpdatedAt }) => {
            const expected = { id, status: 'DISABLED', connectionState: 'MISSING', updatedAt } as const;
            const { disconnectWorkspaceConnector: payload } = await disconnect(
              { input: { id, expectedUpdatedAt } },
              { disconnectWorkspaceConnector: { workspaceConnector: expected, userErrors: [] } },
            );
            return outcomeOf(payload?.userErrors, payload?.workspaceConnector, () => 'Look at it again before you disconnect it.');
          }}
        >
          <p>It does not sync any more, and its mappings are deleted. Its runs, diagnostics and documents stay.</p>
        </FormAction>
      )}
    </>
  );
}
