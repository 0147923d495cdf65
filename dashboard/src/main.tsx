import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';

import { restoreTheme } from './theme';
import { SignIn } from './session/SignIn';
import { useSessionState } from './session/session';

const importApp = () => import('./app/App');
const App = lazy(importApp);

/** The sign-in is not a page of its own: it stands where the view will be, and leads back to it. */
function Dashboard() {
  const { session, notice } = useSessionState();
  if (!session) return <SignIn notice={notice} onIdle={importApp} />;
  return (
    <Suspense fallback={<Splash />}>
      <App key={session.id} session={session} />
    </Suspense>
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
