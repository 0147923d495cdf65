import { useCallback } from 'react';
import { commitMutation, graphql, useRelayEnvironment } from 'react-relay';
import type { GraphQLTaggedNode, MutationParameters } from 'relay-runtime';

/** Why an input was refused. */
export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[];
}

// Every mutation spreads it, unmasked, into its errors.
graphql`
  fragment useAction_error on UserError {
    code
    message
    path
  }
`;

type Optimistic<Mutation extends MutationParameters> = Mutation extends { rawResponse: infer Raw } ? Raw : Mutation['response'];

/** A mutation as a promise. Its expected result is shown at once, and rolled back when it is refused. */
export function useAction<Mutation extends MutationParameters>(mutation: GraphQLTaggedNode) {
  const environment = useRelayEnvironment();
  return useCallback(
    (variables: Mutation['variables'], optimisticResponse?: Optimistic<Mutation>) =>
      new Promise<Mutation['response']>((resolve, reject) => {
        commitMutation<Mutation>(environment, {
          mutation,
          variables,
          ...(optimisticResponse && { optimisticResponse: optimisticResponse as never }),
          // A payload is a success, even if a field of the changed row cannot be shown.
          onCompleted: (response, errors) =>
            errors?.[0] && Object.values(response ?? {}).every((payload) => !payload) ? reject(new Error(errors[0].message)) : resolve(response),
          onError: reject,
        });
      }),
    [environment, mutation],
  );
}
