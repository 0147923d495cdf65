import { useDeferredValue, useMemo, useState } from 'react';
import { useRelayEnvironment } from 'react-relay';
import { commitLocalUpdate, ConnectionHandler, ROOT_ID, type Environment, type FragmentType, type GraphQLTaggedNode, type OperationType } from 'relay-runtime';

import { useRefresh } from '../relay/useQuery';
import { orderOf } from './filters';

export const PAGE_SIZE = 100;

export interface ListQuery extends OperationType {
  readonly variables: { readonly filter?: object | null | undefined };
}

/** What a query's answer has for a fragment that it spreads. */
export interface FragmentKey {
  readonly ' $data'?: unknown;
  readonly ' $fragmentSpreads': FragmentType;
}

interface Options<Query extends ListQuery> {
  readonly query: GraphQLTaggedNode;
  /** The fragment that the query spreads, with the list's connection in it. */
  readonly fragment: GraphQLTaggedNode;
  /** The key of the fragment's `@connection`. */
  readonly connection: string;
  /** What is undefined is not filtered by. */
  readonly filter: { readonly [Key in keyof NonNullable<Query['variables']['filter']>]: NonNullable<Query['variables']['filter']>[Key] | undefined };
  /** By which field it is ordered, newest first, unless the address says otherwise. */
  readonly orderBy: string;
  /** Order and first cursor, as the address bar has them. */
  readonly search: { readonly sort?: string; readonly after?: string };
}

/**
 * A list of the API: filtered, ordered and beginning as the address bar says. Scrolling changes the address, but not
 * where the list began.
 */
export function useList<Query extends ListQuery>(options: Options<Query>) {
  const { query, fragment, connection, search } = options;
  const environment = useRelayEnvironment() as Environment;
  const filter = filterOf(options.filter);
  const order = orderOf(search.sort, { field: options.orderBy, direction: 'DESC' });
  const key = JSON.stringify([filter, order]);
  const connectionId = ConnectionHandler.getConnectionID(ROOT_ID, connection, { filter, orderBy: [order] });
  const startAt = (after: string | undefined) => {
    resetConnection(environment, connectionId, after);
    return { key, after };
  };
  const [start, setStart] = useState(() => startAt(search.after));
  if (start.key !== key) setStart(startAt(search.after));
  const current = useMemo(() => ({ first: PAGE_SIZE, after: start.after ?? null, filter, orderBy: [order] }), [key, start.after]);
  // Those of what is shown, which goes on to be shown until the answer to others is there.
  const variables = useDeferredValue(current);
  const refresh = useRefresh(query, { ...variables, after: null });
  return {
    filter,
    /** The id of the connection in the cache, where what is created is put first. */
    connectionId,
    /** Asks for the first page again. */
    refresh,
    /** What `List` shows it with. */
    list: {
      query,
      fragment,
      variables,
      order,
      refresh,
      waiting: variables !== current,
      /** Whether rows before the first that is shown may have been left out. */
      startsAtCursor: start.after !== undefined,
      restart: () => setStart({ key, after: undefined }),
    },
  };
}

/** Leaves out what is undefined: the API refuses null as an operand. */
function filterOf<Filter extends object>(filter: Filter): Filter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as Filter;
}

/** Behind which cursor the pages start that a cache has of its lists. */
const starts = new WeakMap<Environment, Map<string, string>>();

/** Pages in the middle of a list do not join with those that the cache has from elsewhere, which are dropped. */
function resetConnection(environment: Environment, connection: string, after: string | undefined) {
  const started = starts.get(environment) ?? new Map<string, string>();
  starts.set(environment, started);
  if (after === undefined || started.get(connection) === after) {
    if (after === undefined) started.delete(connection);
    return;
  }
  started.set(connection, after);
  commitLocalUpdate(environment, (store) => {
    if (store.get(connection)) store.delete(connection);
  });
}
