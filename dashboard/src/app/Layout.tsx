import { Link, Outlet, useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { graphql } from 'react-relay';

import type { LayoutQuery } from '../../__generated__/LayoutQuery.graphql';
import { LiveUpdates } from '../relay/LiveUpdates';
import { useQuery, useRefresh } from '../relay/useQuery';
import { useConnection, useOnDoubt, useWorkspace, WorkspaceProvider } from '../relay/workspace';
import { useSession } from '../session/session';
import { Skeleton, ZoneNote } from '../ui/basics';
import { DialogHost } from '../ui/DialogHost';
import { ErrorBoundary } from '../ui/ErrorBoundary';
import { scrollToTop } from '../ui/scroll';
import { NotAMember } from './NotAMember';
import type { Search } from './search';
import { signOut } from './signOut';
import { ThemeChoice } from './ThemeChoice';
import { rightsOf, ViewerContext } from './viewer';

/** One workspace at a time: another one begins with an empty cache and a socket of its own. */
export function Root() {
  const session = useSession();
  const { workspace } = useSearch({ strict: false }) as { workspace?: string };
  const { pathname } = useLocation();
  // The one that was opened by an address that named none, and names it now.
  const [usual, setUsual] = useState<string>();
  return (
    <WorkspaceProvider key={workspace === undefined || workspace === usual ? '' : workspace} session={session} id={workspace} lost={(retry) => <NotAMember retry={retry} />}>
      <ErrorBoundary resetKey={pathname}>
        <Suspense fallback={<Frame />}>
          <Layout label={session.label} named={workspace} onNamed={setUsual} />
        </Suspense>
      </ErrorBoundary>
    </WorkspaceProvider>
  );
}

/** The page before it is known who asks. */
function Frame() {
  return (
    <div className="layout">
      <div className="masthead" aria-hidden="true" />
      <main className="main">
        <Skeleton lines={10} label="Loading the workspace" />
      </main>
    </div>
  );
}

const VIEWS = [
  { to: '/', label: 'Overview', right: null },
  { to: '/connectors', label: 'Connectors', right: null },
  { to: '/runs', label: 'Runs', right: null },
  { to: '/diagnostics', label: 'Diagnostics', right: 'details' },
  { to: '/documents', label: 'Documents', right: null },
  { to: '/mappings', label: 'Mappings', right: 'details' },
  { to: '/collects', label: 'Collects', right: null },
  { to: '/tasks', label: 'Tasks', right: null },
  { to: '/members', label: 'Members and keys', right: 'admin' },
] as const;

interface LayoutProps {
  readonly label: string;
  /** The workspace, as the address names it. */
  readonly named: string | undefined;
  readonly onNamed: (id: string) => void;
}

const query = graphql`
  query LayoutQuery {
    viewer {
      role
      person {
        id
        fullName
      }
      workspace {
        id
        name
      }
      workspaces {
        id
        name
        isDefault
      }
    }
  }
`;

function Layout({ label, named, onNamed }: LayoutProps) {
  const { pathname } = useLocation();
  const { viewer } = useQuery<LayoutQuery>(query, {});
  useOnDoubt(useRefresh(query, {}));
  const rights = useMemo(() => ({ ...rightsOf(viewer.role), person: viewer.person }), [viewer.role, viewer.person]);
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const { id } = viewer.workspace;
  // Who is sent the address may have another default.
  useEffect(() => {
    if (named !== undefined) return;
    workspace.name(id);
    onNamed(id);
    void navigate({ to: '.', search: (before: Search) => ({ ...before, workspace: id }) as never, replace: true, resetScroll: false });
  }, [named, onNamed, workspace, id, navigate, pathname]);
  const nav = useRef<HTMLElement>(null);
  // Where the views do not fit beside each other.
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [pathname]);
  return (
    <ViewerContext value={rights}>
      <LiveUpdates guest={!rights.details} />
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <div className="layout">
        <header className="masthead">
          <div className="place">
            <WorkspaceChoice current={viewer.workspace} all={viewer.workspaces} />
            <ConnectionSign />
          </div>
          <nav aria-label="Views" ref={nav}>
            <ul>
              {VIEWS.filter(({ right }) => right === null || rights[right]).map(({ to, label: name }) => (
                <li key={to}>
                  <Link to={to} activeOptions={{ exact: to === '/', includeSearch: false }} onClick={scrollToTop}>
                    {name}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
        </header>
        <main className="main" id="main" tabIndex={-1}>
          <ErrorBoundary resetKey={pathname}>
            <DialogHost view={pathname}>
              <Suspense fallback={<Skeleton lines={10} />}>
                <Outlet />
              </Suspense>
            </DialogHost>
          </ErrorBoundary>
        </main>
        <footer className="account">
          <p className="who">
            {viewer.person?.fullName ?? label} <span className="quiet">{viewer.role.toLowerCase()}</span>
          </p>
          <ZoneNote />
          <ThemeChoice />
          <div className="row">
            <a className="button" href="/graphiql">
              GraphiQL
            </a>
            <button type="button" className="button" onClick={() => void signOut()}>
              Sign out
            </button>
          </div>
        </footer>
      </div>
    </ViewerContext>
  );
}

interface Choice {
  readonly id: string;
  readonly name: string;
  readonly isDefault?: boolean;
}

function WorkspaceChoice({ current, all }: { current: Choice; all: readonly Choice[] }) {
  const navigate = useNavigate();
  if (all.length < 2) return <p className="workspace">{current.name}</p>;
  return (
    <label className="workspace">
      <span className="visually-hidden">Workspace</span>
      <select
        value={current.id}
        // Ids of one workspace mean nothing in another, so that the overview is where one goes.
        onChange={(event) => void navigate({ to: '/', search: { workspace: event.target.value } })}
      >
        {all.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

const SIGNS = {
  live: ['good', 'Live'],
  connecting: ['busy', 'Connecting…'],
  lost: ['bad', 'Connection lost. Trying again…'],
} as const;

/** Whether changes appear by themselves just now. */
function ConnectionSign() {
  const connection = useConnection();
  const [tone, text] = SIGNS[connection];
  return (
    <p className={`connection ${tone}`} role="status" data-connection={connection}>
      {text}
    </p>
  );
}
