import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';

import { config } from '../config';
import { SessionContext, type Session } from '../session/session';
import { router } from './router';

/** The dashboard of somebody who is signed in. */
export default function App({ session }: { session: Session }) {
  const renewed = session.kind === 'oidc' && config.oidc !== null;
  useEffect(() => {
    if (renewed) void import('../session/oidc').then(({ keepFresh }) => keepFresh());
  }, [renewed]);
  return (
    <SessionContext value={session}>
      <RouterProvider router={router} />
    </SessionContext>
  );
}
