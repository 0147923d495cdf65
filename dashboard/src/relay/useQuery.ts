import { createContext, useCallback, useContext } from 'react';
import { fetchQuery, useLazyLoadQuery, useRelayEnvironment, type FetchPolicy } from 'react-relay';
import type { GraphQLTaggedNode, OperationType } from 'relay-runtime';

import { useOnChange, type Topic } from './topics';

/** Differs after each try to show again what failed: Relay goes on to throw an error that it has for the same key. */
export const RetryContext = createContext('');

/** A query as `useLazyLoadQuery` makes it, which is sent again when a person tries again. */
export function useQuery<Query extends OperationType>(
  query: GraphQLTaggedNode,
  variables: Query['variables'],
  fetchPolicy: FetchPolicy = 'store-or-network',
): Query['response'] {
  return useLazyLoadQuery<Query>(query, variables, { fetchPolicy, fetchKey: useContext(RetryContext) });
}

/** A query whose answer is fetched again, behind what is shown, when something of the topics changed. */
export function useLiveQuery<Query extends OperationType>(
  query: GraphQLTaggedNode,
  variables: Query['variables'],
  topics: readonly Topic[],
): Query['response'] {
  useOnChange(topics, useRefresh(query, variables));
  return useQuery<Query>(query, variables, 'store-and-network');
}

/** Fetches again. The answer is written into the cache, from where components take it; a failure leaves them as they are. */
export function useRefresh(query: GraphQLTaggedNode, variables: OperationType['variables']): () => void {
  const environment = useRelayEnvironment();
  return useCallback(() => {
    fetchQuery(environment, query, variables, { fetchPolicy: 'network-only' }).subscribe({ error: () => {} });
  }, [environment, query, JSON.stringify(variables)]);
}
