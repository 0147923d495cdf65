import { Environment, Network, Observable, RecordSource, Store, type CacheConfig, type GraphQLResponse, type RequestParameters, type Variables } from 'relay-runtime';

import { session, type Session } from '../session/session';
import { documentOf } from './document';
import { ApiError, apiError, type Answered } from './errors';
import { acceptable, type Failures, type OnFailure } from './failures';
import { MappingHistory } from './mappings';
import { listen, openSocket, type Socket } from './socket';

/** A query as it was sent last. */
export interface SentQuery {
  readonly name: string;
  /** The SHA-256 of its text, by which the server knows it. */
  readonly document: string;
  readonly variables: Variables;
}

/** Everything that one person sees in one workspace: the cache, the socket, the queries, and the mappings seen. */
export interface Workspace {
  readonly environment: Environment;
  readonly socket: Socket;
  /** By the operation's name. */
  readonly queries: Map<string, SentQuery>;
  readonly failures: Failures;
  readonly mappings: MappingHistory;
  /** Goes on with the workspace that the server took when none was named, whichever it would take from now on. */
  name(id: string): void;
  /** Calls when the server does not let the person into the workspace, from when on nothing of it may be shown. */
  onLost(listener: () => void): () => void;
  /** Calls when the role may have changed: something was refused, or the server closed the socket. */
  onDoubt(listener: () => void): () => void;
  close(): void;
}

/** A workspace with an empty cache. Nothing of it outlives `close`. */
export function openWorkspace({ token: first, id }: Session, workspaceId: string | undefined): Workspace {
  let named = workspaceId;
  const queries = new Map<string, SentQuery>();
  const failures: Failures = new Map();
  const closed = new AbortController();
  const losses = new Set<() => void>();
  const doubts = new Set<() => void>();
  const doubt = () => doubts.forEach((listener) => listener());
  // Renewed while the session lasts; never that of another session.
  const token = () => (session.current?.id === id ? session.current.token : first);
  const headers = () => ({ authorization: `Bearer ${token()}`, ...(named && { 'x-workspace-id': named }) });
  const socket = openSocket(headers, doubt);

  async function post(request: RequestParameters, variables: Variables, { metadata }: CacheConfig): Promise<GraphQLResponse> {
    queries.set(request.name, { name: request.name, document: request.id ?? '', variables });
    const used = token();
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json', ...headers() },
      body: JSON.stringify({ ...documentOf(request), variables }),
      signal: closed.signal,
    }).catch(() => {
      throw new ApiError('The server cannot be reached.', 'UNREACHABLE');
    });
    const answer = await response.json().catch(() => {
      throw new ApiError(`The server answered with status ${response.status} and no JSON.`, 'UNREADABLE');
    });
    const requestId = response.headers.get('x-request-id');
    // Of a root field, it is the role that does not allow it; without data, one is not let into the workspace.
    const refused = answer.errors?.some(({ path, extensions }: Answered) => extensions?.code === 'FORBIDDEN' && (path?.length ?? 0) < 2);
    if (refused) (answer.data ? doubts : losses).forEach((listener) => listener());
    try {
      if (answer.data) return acceptable(answer, request.name, requestId, (metadata?.['onFailure'] as OnFailure) ?? 'fail', failures);
      throw apiError(answer.errors ?? [], requestId);
    } catch (error) {
      if ((error as ApiError).code === 'UNAUTHENTICATED') session.expire(used);
      throw error;
    }
  }

  const source = new RecordSource();
  const environment = new Environment({
    network: Network.create(post, (request, variables) =>
      Observable.create((sink) => socket.follow(documentOf(request), variables, sink)),
    ),
    // These have the id of the row that they tell of, and must not be taken for it.
    getDataID: (fields, type) => (/Change$|^ViewerWorkspace$/.test(type) ? undefined : fields['id']) as string,
    store: new Store(source, { gcReleaseBufferSize: 30 }),
  });
  return {
    environment,
    socket,
    queries,
    failures,
    mappings: new MappingHistory(),
    name(id) {
      named ??= id;
    },
    onDoubt: (listener) => listen(doubts, listener),
    onLost: (listener) => listen(losses, listener),
    close() {
      closed.abort();
      socket.close();
      // Whoever holds the environment by mistake holds no row of it.
      source.clear();
      queries.clear();
      failures.clear();
    },
  };
}
