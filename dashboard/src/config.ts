/** What the server writes into the page. */
interface Config {
  /** Whom the demo has tokens for; nobody outside of demo mode. */
  people: { subject: string; token: string }[];
  /** The OpenID Connect provider that people sign in with, when there is one. */
  oidc: { issuer: string; clientId: string; scope: string } | null;
}

const given: Partial<Config> = JSON.parse(document.getElementById('config')?.textContent || '{}');

export const config: Config = { people: given.people ?? [], oidc: given.oidc ?? null };
