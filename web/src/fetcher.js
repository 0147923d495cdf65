import { createGraphiQLFetcher } from '@graphiql/toolkit';

const subscriptionUrl = new URL('/graphql/ws', location.href.replace(/^http/, 'ws')).href;

/** Sends queries and mutations by POST and subscriptions over a WebSocket, as a role unless the headers say otherwise. */
export function fetcherAs(role) {
  const credential = role ? { authorization: `Bearer ${role.token}` } : {};
  const fetcher = createGraphiQLFetcher({
    url: '/graphql',
    subscriptionUrl,
    headers: credential,
    wsConnectionParams: credential,
    enableIncrementalDelivery: false,
  });
  return (operation, options) => fetcher(operation, { ...options, headers: lowerCased(options?.headers) });
}

/** Header names in one spelling, so that a typed `Authorization` replaces the role's instead of joining it. */
function lowerCased(headers) {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}
