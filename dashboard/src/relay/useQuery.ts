import { useCallback, useContext } from 'react';
import { fetchQuery, useLazyLoadQuery, useRelayEnvironment, type FetchPolicy } from 'react-relay';
import type { CacheConfig, GraphQLTaggedNode, OperationType } from 'relay-runtime';

import { RetryContext } from '../ui/retry';
import type { OnFailure } from './failures';
import { useOnChange, type Topic } from './topics';

const on = (onFailure: OnFailure): CacheConfig => ({ force: true, metadata: { onFailure } });
const SHOW = on('show');
const KEEP = on('keep');

/** A query as `useLazyLoadQuery` makes it, which is sent again when a person tries again: Relay throws an error again that it has for the same key. */
export function useQuery<Query extends OperationType>(
  query: GraphQLTaggedNode,
  variables: Query['variables'],
  fetchPolicy: FetchPolicy = 'store-or-network',
): Query['response'] {
  return useLazyLoadQuery<Query>(query, variables, { fetchPolicy, fetchKey: useContext(RetryContext), networkCacheConfig: SHOW });
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

/**
 * Fetches again. The answer is written into the cache, from where components take it; what fails leaves them as they are.
 * The promise is kept when there is an answer, or none will come.
 */
export function useRefresh(query: GraphQLTaggedNode, variables: OperationType['variables']): () => Promise<void> {
  const environment = useRelayEnvironment();
  return useCallback(() => {
    const answer = fetchQuery(environment, query, variables, { fetchPolicy: 'network-only', networkCacheConfig: KEEP });
    return answer.toPromise().then(() => {}, () => {});
  }, [environment, query, JSON.stringify(variables)]);
}
