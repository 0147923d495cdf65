import { useEffect, useState, type FormEvent } from 'react';

import { config } from '../config';
import { session } from './session';

/** Where GraphiQL keeps whom it asks as. */
const GRAPHIQL_ROLE = 'graphiql:role';

/** Signs a person of the demo in, here and in GraphiQL. */
function choose({ subject, token }: { subject: string; token: string }) {
  localStorage.setItem(GRAPHIQL_ROLE, subject);
  session.signIn({ kind: 'person', token, label: subject });
}

/** Everything that a person can sign in with. */
export function SignIn({ notice, onIdle }: { notice: string | null; onIdle: () => void }) {
  const returned = location.pathname === '/signed-in' && /[?&](code|error)=/.test(location.search);
  const [problem, setProblem] = useState<string | null>(null);
  // What comes after the sign-in is fetched while somebody reads this.
  useEffect(() => {
    const timer = setTimeout(onIdle, 1_500);
    return () => clearTimeout(timer);
  }, [onIdle]);
  return (
    <main className="sign-in">
      <title>Sign in · Connectors</title>
      <h1>Connectors</h1>
      <p>What a workspace’s connectors sync, what went wrong, and what to do about it.</p>
      {(notice ?? problem) && (
        <p role="alert" className="notice">
          {problem ?? notice}
        </p>
      )}
      {config.oidc && <Provider returned={returned} setProblem={setProblem} />}
      {config.people.length > 0 && <People />}
      <TokenForm />
      <p className="quiet">
        The sign-in is kept for this tab only. The API is explored in <a href="/graphiql">GraphiQL</a>.
      </p>
    </main>
  );
}

function Provider({ returned, setProblem }: { returned: boolean; setProblem: (problem: string) => void }) {
  const [busy, setBusy] = useState(returned);
  useEffect(() => {
    if (!returned) return;
    void import('./oidc').then(async ({ complete }) => {
      try {
        await complete();
      } catch (error) {
        setBusy(false);
        setProblem(`The sign-in was not completed: ${error instanceof Error ? error.message : 'no reason given'}`);
        history.replaceState(null, '', '/');
      }
    });
  }, [returned, setProblem]);
  const begin = async () => {
    setBusy(true);
    const { begin } = await import('./oidc');
    await begin().catch((error: unknown) => {
      setBusy(false);
      setProblem(`The sign-in provider cannot be reached: ${error instanceof Error ? error.message : 'no reason given'}`);
    });
  };
  return (
    <section aria-label="Single sign-on">
      <button type="button" className="button primary wide" disabled={busy} onClick={begin}>
        {busy ? 'Signing in…' : 'Sign in with your organisation'}
      </button>
    </section>
  );
}

function People() {
  return (
    <section aria-labelledby="people">
      <h2 id="people">Choose a person of the demo</h2>
      <ul className="people">
        {config.people.map((person) => (
          <li key={person.subject}>
            <button type="button" className="button" onClick={() => choose(person)}>
              {person.subject}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function TokenForm() {
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get('token')).replace(/^\s*bearer\s+/i, '').trim();
    if (!token) return setProblem('The token must not be empty.');
    // Nothing else can be sent in a header.
    if (!/^[\x21-\x7e]+$/.test(token)) return setProblem('The token has a space or a letter in it that no token has. Copy it again.');
    session.signIn({ kind: 'token', token, label: token.startsWith('well_sk_') ? 'API key' : (subjectOf(token) ?? 'Token') });
  };
  return (
    <form onSubmit={submit} noValidate>
      <h2>
        <label htmlFor="token">Paste a token or an API key</label>
      </h2>
      <div className="row">
        <input
          id="token"
          name="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : 'token-problem'}
        />
        <button type="submit" className="button primary">
          Sign in
        </button>
      </div>
      {problem && (
        <p id="token-problem" role="alert" className="field-error">
          {problem}
        </p>
      )}
    </form>
  );
}

/** Whom a JWT names, for people to read; only the server verifies it. */
function subjectOf(token: string): string | null {
  try {
    const claims = JSON.parse(atob(token.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/')));
    return typeof claims.sub === 'string' ? claims.sub : null;
  } catch {
    return null;
  }
}
