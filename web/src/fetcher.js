import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { getOperationAST } from 'graphql';
import { createClient } from 'graphql-ws';

const url = new URL('/graphql/ws', location.href.replace(/^http/, 'ws')).href;
const FORBIDDEN = 4403;

/** Sends queries and mutations by POST and subscriptions over a WebSocket, as a role unless the headers say otherwise. */
export function fetcherAs(role) {
  const credential = role ? { authorization: `Bearer ${role.token}` } : {};
  const fetcher = createGraphiQLFetcher({ url: '/graphql', headers: credential, enableIncrementalDelivery: false });
  return (operation, options) => {
    const headers = lowerCased(options?.headers);
    if (options?.documentAST && getOperationAST(options.documentAST, operation.operationName)?.operation === 'subscription') {
      return follow(operation, { ...credential, ...headers });
    }
    return fetcher(operation, { ...options, headers });
  };
}

/** The events of a subscription, over a socket of its own. */
function follow(operation, connectionParams) {
  // The same headers would be refused again.
  const client = createClient({ url, connectionParams, shouldRetry: ({ code }) => code !== FORBIDDEN });
  const events = client.iterate(operation);
  const told = (error) => {
    throw error instanceof CloseEvent ? { message: `The socket was closed: ${error.reason || 'no reason given'} (${error.code}).` } : error;
  };
  return {
    next: () => events.next().catch(told),
    return: () => events.return(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Header names in one spelling, so that a typed `Authorization` replaces the role's instead of joining it. */
function lowerCased(headers) {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}
