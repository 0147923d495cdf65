import { createClient, TerminatedCloseEvent, type Sink } from 'graphql-ws';
import type { GraphQLResponse, Variables } from 'relay-runtime';

/** The state of the connection over which changes arrive. */
export type Connection = 'connecting' | 'live' | 'lost';

type Listener = () => void;

export interface Socket {
  /** Follows a subscription until it is disposed of, through any loss of the connection. */
  follow(document: object, variables: Variables, sink: Subscriber): () => void;
  connection(): Connection;
  /** Calls with each change of the connection. */
  onConnection(listener: Listener): () => void;
  /** Calls when changes may have been missed, so that all that is shown must be fetched again. */
  onGap(listener: Listener): () => void;
  close(): void;
}

interface Subscriber {
  next(value: GraphQLResponse): void;
  error(error: Error): void;
  complete(): void;
}

/** The server closes with it when it does not let the caller in. */
const FORBIDDEN = 4403;
const MAX_RETRY_DELAY_MS = 15_000;
const KEEP_ALIVE_MS = 5_000;
const RESUBSCRIBE_DELAY_MS = 2_000;
/** So long after the connection is made, the subscriptions have begun. */
const CATCH_UP_DELAY_MS = 500;

/**
 * One socket for all subscriptions of a workspace. It connects again by itself, and goes on after the last cursor. `doubt`
 * is called when the caller may not be let in any more, or not as before.
 */
export function openSocket(headers: () => Record<string, string>, doubt: Listener): Socket {
  let connection: Connection = 'connecting';
  let closed = false;
  let wasLive = false;
  let pong: ReturnType<typeof setTimeout> | undefined;
  const connections = new Set<Listener>();
  const gaps = new Set<Listener>();
  const turn = (to: Connection) => {
    if (connection === to || closed) return;
    connection = to;
    for (const listener of connections) listener();
  };
  const client = createClient({
    url: new URL('/graphql/ws', location.href.replace(/^http/, 'ws')).href,
    connectionParams: headers,
    lazyCloseTimeout: 2_000,
    keepAlive: KEEP_ALIVE_MS,
    retryAttempts: Infinity,
    // The connection was closed, cut here, or never made. An error of the page itself would be met again, for ever.
    shouldRetry: (cause) => !closed && (cause instanceof Event || cause instanceof TerminatedCloseEvent),
    // The library wants a text; the server wants none beside a hash.
    jsonMessageReplacer: (name, value) => (name === 'query' && value === '' ? undefined : value),
    retryWait: (retries) => waitOrOnline(Math.min(250 * 2 ** retries, MAX_RETRY_DELAY_MS) * (0.75 + Math.random() / 2)),
    on: {
      connected: () => {
        // Who was let in again may have another role.
        if (wasLive) doubt();
        wasLive = true;
        turn('live');
        // What changed between the views' queries and the first subscription arrives by neither.
        setTimeout(() => gaps.forEach((listener) => listener()), CATCH_UP_DELAY_MS);
      },
      closed: (event) => {
        clearTimeout(pong);
        turn('lost');
        // A query says whether the token has expired, and leads to the sign-in if so.
        if ((event as CloseEvent).code !== FORBIDDEN) return;
        doubt();
        gaps.forEach((listener) => listener());
      },
      error: () => turn('lost'),
      ping: (received) => {
        if (!received) pong = setTimeout(() => client.terminate(), KEEP_ALIVE_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(pong);
      },
    },
  });
  const offline = () => client.terminate();
  addEventListener('offline', offline);

  return {
    follow(document, variables, subscriber) {
      // The library sends this very object again when it connects again.
      const payload = { query: '', ...document, variables: { ...variables } as Variables };
      let disposed = false;
      let stop = () => {};
      const sink: Sink<GraphQLResponse> = {
        next(event) {
          const [change] = Object.values((event as { data?: Record<string, { cursor?: string }> }).data ?? {});
          if (change?.cursor) payload.variables['after'] = change.cursor;
          if (change) subscriber.next(event as GraphQLResponse);
        },
        error(cause) {
          if (disposed || closed) return;
          const refusals = Array.isArray(cause) ? cause : [];
          if (refusals.some(({ extensions }) => extensions?.code === 'FORBIDDEN')) {
            doubt();
            return subscriber.complete();
          }
          // Such as a cursor that has expired: subscribe without one, and fetch everything again.
          if (refusals.length > 0) delete payload.variables['after'];
          setTimeout(() => {
            if (disposed || closed) return;
            begin();
            gaps.forEach((listener) => listener());
          }, RESUBSCRIBE_DELAY_MS);
        },
        complete: () => subscriber.complete(),
      };
      const begin = () => {
        stop = client.subscribe(payload, sink as Sink);
      };
      begin();
      return () => {
        disposed = true;
        stop();
      };
    },
    connection: () => connection,
    onConnection: (listener) => listen(connections, listener),
    onGap: (listener) => listen(gaps, listener),
    close() {
      closed = true;
      removeEventListener('offline', offline);
      // It may wait for a connection that then fails.
      Promise.resolve(client.dispose()).catch(() => {});
    },
  };
}

/** Adds a listener, and returns how to take it away. */
export function listen(to: Set<Listener>, listener: Listener) {
  to.add(listener);
  return () => void to.delete(listener);
}

/** Waits so long, or until the browser says that it is online again. */
function waitOrOnline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
  });
}
