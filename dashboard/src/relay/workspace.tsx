import { createContext, useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import { RelayEnvironmentProvider } from 'react-relay';

import type { Session } from '../session/session';
import { openWorkspace, type SentQuery, type Workspace } from './environment';
import type { Connection } from './socket';
import { failureOf } from './failures';
import { ApiError } from './errors';
import { ALL_TOPICS, Topics, TopicsContext } from './topics';

const WorkspaceContext = createContext<Workspace | null>(null);

interface ProviderProps {
  readonly session: Session;
  readonly id: string | undefined;
  /** What is shown instead when one is not let into the workspace, or not any more; with it, one can try again. */
  readonly lost: (retry: () => void) => ReactNode;
  readonly children: ReactNode;
}

/** Gives what is below it one workspace. With another `key`, nothing of the former one is left. */
export function WorkspaceProvider({ session, id, lost, children }: ProviderProps) {
  const [workspace, setWorkspace] = useState<Workspace | 'lost' | null>(null);
  const [attempt, setAttempt] = useState(0);
  const topics = useMemo(() => new Topics(), []);
  // Whose token it is does not change below one key; a renewed one is taken from the session.
  const opened = useRef(session);
  useEffect(() => {
    const next = openWorkspace(opened.current, id);
    setWorkspace(next);
    const stop = next.socket.onGap(() => topics.changed(...ALL_TOPICS));
    next.onLost(() => {
      setWorkspace('lost');
      next.close();
    });
    return () => {
      stop();
      next.close();
    };
    // The address names the workspace in the end that was opened without a name.
  }, [topics, attempt]);
  if (!workspace) return null;
  if (workspace === 'lost') return lost(() => setAttempt(attempt + 1));
  return (
    <WorkspaceContext value={workspace}>
      <TopicsContext value={topics}>
        <RelayEnvironmentProvider environment={workspace.environment}>{children}</RelayEnvironmentProvider>
      </TopicsContext>
    </WorkspaceContext>
  );
}

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error('There is no workspace above this component.');
  return workspace;
}

export function useConnection(): Connection {
  const { socket } = useWorkspace();
  return useSyncExternalStore(socket.onConnection, socket.connection);
}

/** Calls when what the person may see and do may have changed. */
export function useOnDoubt(callback: () => void) {
  const { onDoubt } = useWorkspace();
  useEffect(() => onDoubt(callback), [onDoubt, callback]);
}

/** The queries of these names, as they were sent last. */
export function useSentQueries(): (names: readonly string[]) => SentQuery[] {
  const { queries } = useWorkspace();
  return (names) => names.flatMap((name) => queries.get(name) ?? []);
}

/**
 * Gives a part of an operation's answer that is never null but when it failed, in which case it throws why. What was not
 * read must not be counted as nothing.
 */
export function useRead(operation: string): <Value>(value: Value, field: string) => NonNullable<Value> {
  const { failures } = useWorkspace();
  return (value, field) => {
    if (value !== null && value !== undefined) return value;
    throw failureOf(failures, operation, field) ?? new ApiError('The server answered without it.', 'INTERNAL_SERVER_ERROR');
  };
}

export const useMappingHistory = () => useWorkspace().mappings;
