import { UserManager, WebStorageStateStore, type User } from 'oidc-client-ts';

import { config } from '../config';
import { session } from './session';

/** Where the provider sends people back to. */
const CALLBACK = '/signed-in';

let manager: UserManager | undefined;

/** Authorization code with PKCE; what it keeps, it keeps for the tab only. */
function provider(): UserManager {
  if (!config.oidc) throw new Error('No OpenID Connect provider is configured.');
  manager ??= new UserManager({
    authority: config.oidc.issuer,
    client_id: config.oidc.clientId,
    scope: config.oidc.scope,
    redirect_uri: `${location.origin}${CALLBACK}`,
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    // Only with a refresh token; there are no hidden frames.
    automaticSilentRenew: false,
    validateSubOnSilentRenew: true,
  });
  return manager;
}

/** Leaves for the provider; the view that is open is come back to. */
export function begin(): Promise<void> {
  return provider().signinRedirect({ state: location.pathname === CALLBACK ? '/' : location.pathname + location.search });
}

/** Takes what the provider sent back, and goes on with the view that was left. */
export async function complete(): Promise<void> {
  const user = await provider().signinRedirectCallback();
  // Before the sign-in, after which the view is shown at once.
  const left = typeof user.state === 'string' && user.state.startsWith('/') && !user.state.startsWith('//') ? user.state : '/';
  history.replaceState(null, '', left);
  session.signIn({ kind: 'oidc', token: tokenOf(user), label: user.profile.name ?? user.profile.email ?? user.profile.sub });
  keepFresh();
}

/** Renews the token before it expires, for as long as the provider gave a refresh token. */
export function keepFresh() {
  const users = provider();
  users.events.addAccessTokenExpiring(async () => {
    const user = await users.getUser();
    if (!user?.refresh_token) return;
    const renewed = await users.signinSilent().catch(() => null);
    if (renewed) session.renew(tokenOf(renewed));
  });
  void users.getUser();
}

export async function forget() {
  await provider().removeUser();
}

/** The access token where it is a JWT; providers whose access tokens are opaque give an id token that the server can verify. */
function tokenOf(user: User): string {
  const jwt = [user.access_token, user.id_token].find((token) => token?.split('.').length === 3);
  if (!jwt) throw new Error('The provider gave neither an access token nor an id token that is a JWT.');
  return jwt;
}
