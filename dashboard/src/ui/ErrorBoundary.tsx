import { Component, type ContextType, type ReactNode } from 'react';

import { ApiError } from '../relay/errors';
import { signOut } from '../app/signOut';
import { RetryContext } from './retry';

interface Props {
  /** Another one tries again, as when another view is opened. */
  readonly resetKey: string;
  /** What cannot be shown, when it is only a part of the view. */
  readonly part?: string;
  /** Fetches again what the part is given from above. */
  readonly onRetry?: () => Promise<void>;
  readonly children: ReactNode;
}

interface State {
  readonly error: Error | null;
  readonly attempt: number;
  readonly trying: boolean;
}

/** Says what failed, and what one can do. */
export class ErrorBoundary extends Component<Props, State> {
  static override contextType = RetryContext;
  declare context: ContextType<typeof RetryContext>;
  override state: State = { error: null, attempt: 0, trying: false };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidUpdate(before: Props) {
    if (before.resetKey !== this.props.resetKey && this.state.error) this.again();
  }

  private readonly again = () => this.setState(({ attempt }) => ({ error: null, attempt: attempt + 1, trying: false }));

  private readonly retry = () => {
    const { onRetry } = this.props;
    if (!onRetry) return this.again();
    this.setState({ trying: true });
    void onRetry().then(this.again);
  };

  override render() {
    const { error, attempt, trying } = this.state;
    if (!error) return <RetryContext value={attempt === 0 ? this.context : `${this.context}.${attempt}`}>{this.props.children}</RetryContext>;
    return <Failure error={error} part={this.props.part} trying={trying} retry={this.retry} />;
  }
}

/** What helps against an error, by its code. */
const HELP = new Map([
  ['NOT_LOADED', 'Look at your connection. If the server was updated meanwhile, reload the page.'],
  ['UNREACHABLE', 'Look at your connection. What the page showed before is shown again when it is back.'],
  ['FORBIDDEN', 'Your role in this workspace does not allow it. An admin can change your role, or choose another workspace.'],
  ['BAD_CURSOR', 'The link is of another list or order. Begin at the start of the list.'],
  ['BAD_USER_INPUT', 'The address holds a value that the server does not take. Clear the filters.'],
  ['RATE_LIMITED', 'You have asked for much in a short time. Wait a minute.'],
  ['MAX_OPERATIONS_LIMIT', 'Too much of what you asked for at once is not answered yet. Wait a moment.'],
  ['REQUEST_TIMEOUT', 'It took too long. Try again, or take a shorter time or fewer rows by a filter.'],
  ['COST_LIMIT_EXCEEDED', 'It would take too much. Take a shorter time or fewer rows by a filter.'],
  ['RESPONSE_TOO_LARGE', 'It would be too large. Take fewer rows by a filter.'],
  ['SERVICE_UNAVAILABLE', 'The server or its database is starting or busy. Wait a moment.'],
]);

/** Those whose cause is the address: the same would be refused again. */
const LASTING = ['BAD_USER_INPUT', 'BAD_CURSOR'];

interface FailureProps {
  readonly error: Error;
  readonly part: string | undefined;
  readonly trying: boolean;
  readonly retry: () => void;
}

function Failure({ error, part, trying, retry }: FailureProps) {
  const { code, requestId } = error instanceof ApiError ? error : { code: 'UNEXPECTED', requestId: null };
  const stale = code === 'PERSISTED_QUERY_NOT_FOUND';
  const refused = LASTING.includes(code);
  return (
    <div className={part ? 'failure part' : 'failure'} role="alert">
      {part ? <p className="failure-title">{part} could not be read</p> : <h1>This view could not be shown</h1>}
      <p>{error.message}</p>
      <p className="quiet">{HELP.get(code) ?? 'Try again. If it fails again, tell your operator the request’s id.'}</p>
      {requestId && (
        <p className="quiet">
          Request <code>{requestId}</code>
        </p>
      )}
      <div className="row">
        {!refused && (
          <button type="button" className="button primary" disabled={trying} onClick={stale ? () => location.reload() : retry}>
            {stale ? 'Reload the page' : trying ? 'Trying again…' : 'Try again'}
          </button>
        )}
        {code === 'NOT_LOADED' && (
          <button type="button" className="button" onClick={() => location.reload()}>
            Reload the page
          </button>
        )}
        {code === 'BAD_CURSOR' && (
          <a className="button primary" href={addressWithout((name) => name === 'after')}>
            Go to the first page
          </a>
        )}
        {(!part || refused) && code !== 'BAD_CURSOR' && (
          <a className={refused ? 'button primary' : 'button'} href={addressWithout((name) => name !== 'workspace')}>
            Clear filters
          </a>
        )}
        {!part && (
          <button type="button" className="button" onClick={() => void signOut()}>
            Sign out
          </button>
        )}
      </div>
    </div>
  );
}

/** The address of this view, without some of what it says. */
function addressWithout(left: (name: string) => boolean): string {
  const search = new URLSearchParams([...new URLSearchParams(location.search)].filter(([name]) => !left(name)));
  return search.size > 0 ? `${location.pathname}?${search}` : location.pathname;
}
