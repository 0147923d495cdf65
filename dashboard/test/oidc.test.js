import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Provider } from 'oidc-provider';

import { Dashboard, startBrowser, startServer } from './kit.js';

const SUBJECT = 'owner@main';
const CLIENT = 'dashboard';

let browser;
let provider;
let server;
before(async () => {
  browser = await startBrowser();
  provider = await startProvider();
  server = await startServer(
    ...['--no-demo', '--trust', 'require'],
    ...['--oidc-issuer', provider.issuer, '--oidc-client-id', CLIENT, '--oidc-scope', 'openid'],
    ...['--jwt-jwks-url', `${provider.issuer}/jwks`, '--jwt-issuer', provider.issuer, '--jwt-audience', CLIENT],
  );
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await provider?.stop();
});

/** A real OpenID Connect provider on this machine, whose accounts are whatever one signs in as. */
async function startProvider() {
  const http = createServer();
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${http.address().port}`;
  const oidc = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT,
        // Of those, an address on this machine is taken with any port.
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/signed-in'],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['of the test'] },
  });
  http.on('request', oidc.callback());
  return {
    issuer,
    stop() {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(resolve));
    },
  };
}

test('people sign in with a provider, and come back to the view that they wanted', async () => {
  const dashboard = await Dashboard.open(browser, server, '/runs?status=ERROR', {
    // The provider is another host, which is asked on purpose.
    context: (context) => context.route((url) => url.origin === provider.issuer, (route) => route.continue()),
  });
  const { page } = dashboard;
  await page.getByRole('button', { name: 'Sign in with your organisation' }).click();
  await page.locator('input[name=login]').fill(SUBJECT);
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await dashboard.ready();
  assert.equal(await dashboard.heading(), 'Runs');
  assert.equal(await dashboard.address(), '/runs?status=ERROR');
  await page.getByText('owner', { exact: true }).waitFor();
  // Only documents of the build are answered here, and this is what the page asks with.
  const refused = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await server.token(SUBJECT)}` },
    body: JSON.stringify({ query: '{ viewer { role } }' }),
  });
  assert.notEqual(refused.status, 200);
  assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes('eyJ'));
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in with your organisation' }).waitFor();
  await dashboard.close();
  assert.deepEqual(dashboard.complaints.filter((one) => one.includes('Content Security Policy') || one.startsWith('exception')), []);
});
