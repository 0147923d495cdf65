import { session } from '../session/session';

/** Ends the session, here and at what the provider's library keeps. The address is of the person who leaves: whoever comes next begins at the overview. */
export async function signOut() {
  if (session.current?.kind === 'oidc') await import('../session/oidc').then(({ forget }) => forget());
  session.signOut();
  history.replaceState(null, '', '/');
}
