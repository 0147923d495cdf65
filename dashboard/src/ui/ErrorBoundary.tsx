import { Component, type ContextType, type ReactNode } from 'react';

import { ApiError } from '../relay/errors';
import { RetryContext } from '../relay/useQuery';
import { session } from '../session/session';

interface Props {
  /** Another one tries again, as when another view is opened. */
  resetKey: string;
  children: ReactNode;
}

/** Says what failed, and what one can do. */
export class ErrorBoundary extends Component<Props, { error: Error | null; attempt: number }> {
  static override contextType = RetryContext;
  declare context: ContextType<typeof RetryContext>;
  override state = { error: null as Error | null, attempt: 0 };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidUpdate(before: Props) {
    if (before.resetKey !== this.props.resetKey && this.state.error) this.setState({ error: null });
  }

  override render() {
    const { error, attempt } = this.state;
    if (!error) return <RetryContext value={attempt === 0 ? this.context : `${this.context}.${attempt}`}>{this.props.children}</RetryContext>;
    return <Failure error={error} retry={() => this.setState({ error: null, attempt: attempt + 1 })} />;
  }
}

/** What helps against an error, by its code. */
const HELP: Record<string, string> = {
  UNREACHABLE: 'Look at your connection. What the page showed before is shown again when it is back.',
  FORBIDDEN: 'Your role in this workspace does not allow it. An admin can change your role, or choose another workspace.',
  BAD_CURSOR: 'The link is of another list or order. Begin at the start of the list.',
  BAD_USER_INPUT: 'The address holds a value that the server does not take. Clear the filters.',
  RATE_LIMITED: 'You have asked for much in a short time. Wait a minute.',
  SERVICE_UNAVAILABLE: 'The server or its database is starting or busy. Wait a moment.',
};

function Failure({ error, retry }: { error: Error; retry: () => void }) {
  const { code, requestId } = error instanceof ApiError ? error : { code: 'UNEXPECTED', requestId: null };
  const stale = code === 'PERSISTED_QUERY_NOT_FOUND' || /dynamically imported module|Importing a module/.test(error.message);
  // The address is the cause: the same would be refused again.
  const refused = code === 'BAD_USER_INPUT' || code === 'BAD_CURSOR';
  return (
    <div className="failure" role="alert">
      <h1>This view could not be shown</h1>
      <p>{error.message}</p>
      <p className="quiet">{HELP[code] ?? 'Try again. If it fails again, tell your operator the request’s id.'}</p>
      {requestId && (
        <p className="quiet">
          Request <code>{requestId}</code>
        </p>
      )}
      <div className="row">
        {!refused && (
          <button type="button" className="button primary" onClick={stale ? () => location.reload() : retry}>
            {stale ? 'Reload the page' : 'Try again'}
          </button>
        )}
        <a className={refused ? 'button primary' : 'button'} href={clearedAddress()}>
          Clear filters
        </a>
        <button type="button" className="button" onClick={() => session.signOut()}>
          Sign out
        </button>
      </div>
    </div>
  );
}

/** This view in this workspace, without anything else in the address. */
function clearedAddress(): string {
  const workspace = new URLSearchParams(location.search).get('workspace');
  return location.pathname + (workspace ? `?workspace=${encodeURIComponent(workspace)}` : '');
}
