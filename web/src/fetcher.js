import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';

const subscriptionUrl = new URL('/graphql/ws', location.href.replace(/^http/, 'ws')).href;
const FORBIDDEN = 4403;

/** Sends queries and mutations by POST and subscriptions over a WebSocket, as a role unless the headers say otherwise. */
export function fetcherAs(role) {
  const credential = role ? { authorization: `Bearer ${role.token}` } : {};
  return async (operation, options) => {
    const headers = lowerCased(options?.headers);
    const fetcher = createGraphiQLFetcher({
      url: '/graphql',
      headers: credential,
      // It connects when there is something to follow.
      wsClient: createClient({
        url: subscriptionUrl,
        connectionParams: { ...credential, ...headers },
        // The same headers would be refused again.
        shouldRetry: ({ code }) => code !== FORBIDDEN,
      }),
      enableIncrementalDelivery: false,
    });
    const answer = await fetcher(operation, { ...options, headers });
    return Symbol.asyncIterator in answer ? withPlainErrors(answer) : answer;
  };
}

/** The same events; what ends them is told without a stack of this page's own functions. */
function withPlainErrors(events) {
  const plain = (error) => Promise.reject({ ...error, message: error.message });
  return {
    next: () => events.next().catch(plain),
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
