import { createContext, useContext, useSyncExternalStore } from 'react';

/** Who uses the dashboard. */
export interface Session {
  /** Differs from that of every other sign-in, so that nothing of one is shown to another. */
  readonly id: string;
  /** What the person is called on the page. */
  readonly label: string;
  readonly token: string;
  /** How the token was got. */
  readonly kind: 'token' | 'person' | 'oidc';
}

interface State {
  readonly session: Session | null;
  /** Why the last session ended, when the person did not end it. */
  readonly notice: string | null;
}

const KEY = 'dashboard:session';
const listeners = new Set<() => void>();
let state: State = { session: stored(), notice: null };

/** The session is kept for the tab only. */
function stored(): Session | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Session | null;
  } catch {
    return null;
  }
}

function change(next: State) {
  state = next;
  if (next.session) sessionStorage.setItem(KEY, JSON.stringify(next.session));
  else sessionStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

export const session = {
  get current(): Session | null {
    return state.session;
  },
  signIn(signedIn: Omit<Session, 'id'>) {
    change({ session: { ...signedIn, id: crypto.randomUUID() }, notice: null });
  },
  /** Goes on with a fresh token of the same person. */
  renew(token: string) {
    if (state.session) change({ ...state, session: { ...state.session, token } });
  },
  signOut() {
    change({ session: null, notice: null });
  },
  /** The server does not take the token: it is none, or not any more. */
  expire(token: string) {
    const notice = 'The sign-in is not valid, or has expired. Sign in again to go on where you were.';
    if (state.session?.token === token) change({ session: null, notice });
  },
};

export function useSessionState(): State {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

export const SessionContext = createContext<Session | null>(null);

/** Who is signed in. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('Nobody is signed in above this component.');
  return session;
}
