import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import { workspacesLeft } from '../relay/workspacesLeft';
import { useSession } from '../session/session';
import { Page, Skeleton } from '../ui/basics';
import { signOut } from './signOut';

type Left = Awaited<ReturnType<typeof workspacesLeft>>;

/** Stands in the place of a workspace that one is in no more, or never was. */
export function NotAMember({ retry }: { retry: () => void }) {
  const session = useSession();
  const [left, setLeft] = useState<Left | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let gone = false;
    setFailure(null);
    workspacesLeft(session).then(
      (found) => gone || setLeft(found),
      (error: Error) => gone || setFailure(error.message),
    );
    return () => {
      gone = true;
    };
  }, [session, attempt]);
  return (
    <main className="main elsewhere" id="main">
      <Page title="You are not a member of this workspace" lead="Your membership has ended, or a link led you to a workspace of others. An admin of it can invite you.">
        {failure !== null && (
          <p className="notice" role="alert">
            Your workspaces could not be read: {failure}{' '}
            <button type="button" className="button small" onClick={() => setAttempt(attempt + 1)}>
              Try again
            </button>
          </p>
        )}
        {left === null && failure === null && <Skeleton lines={2} label="Looking for your workspaces" />}
        {left?.length === 0 && <p>There is no other workspace that you are a member of.</p>}
        {left && left.length > 0 && (
          <section aria-label="Your workspaces">
            <h2>Your workspaces</h2>
            <ul className="people">
              {left.map(({ id, name }) => (
                <li key={id}>
                  <Link to="/" search={{ workspace: id }} className="button" onClick={retry}>
                    {name}
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        )}
        <div className="row">
          <button type="button" className="button" onClick={() => void signOut()}>
            Sign in as somebody else
          </button>
        </div>
      </Page>
    </main>
  );
}
