import { StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';

import { restoreTheme } from './theme';
import { SignIn } from './session/SignIn';
import { useSessionState } from './session/session';
import { ErrorBoundary } from './ui/ErrorBoundary';
import { lazily } from './ui/lazily';

const App = lazily(() => import('./app/App'));

/** The sign-in is not a page of its own: it stands where the view will be, and leads back to it. */
function Dashboard() {
  const { session, notice } = useSessionState();
  if (!session) return <SignIn notice={notice} onIdle={App.preload} />;
  return (
    <ErrorBoundary resetKey={session.id}>
      <Suspense fallback={<Splash />}>
        <App key={session.id} session={session} />
      </Suspense>
    </ErrorBoundary>
  );
}

function Splash() {
  return (
    <div className="splash" role="status">
      Loading the dashboard…
    </div>
  );
}

restoreTheme();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Dashboard />
  </StrictMode>,
);
