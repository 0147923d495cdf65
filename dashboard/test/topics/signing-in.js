import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { takeStatus } from '../kit.js';
import { closed, opened, server } from '../stage.js';

describe('signing in', () => {
  test('with a person of the demo, whom GraphiQL then asks as, too', async () => {
    const dashboard = await opened();
    await dashboard.page.getByRole('button', { name: 'admin@acme' }).click();
    await dashboard.ready();
    assert.equal(await dashboard.heading(), 'Overview');
    assert.equal(await dashboard.page.evaluate(() => localStorage.getItem('graphiql:role')), 'admin@acme');
    const stored = await dashboard.page.evaluate(() => JSON.stringify(localStorage));
    assert.doesNotMatch(stored, /eyJ/, 'the token is kept for the tab only');
    await dashboard.page.getByRole('button', { name: 'Sign out' }).click();
    await dashboard.page.getByRole('heading', { name: 'Connectors', level: 1 }).waitFor();
    assert.equal(await dashboard.page.evaluate(() => sessionStorage.getItem('dashboard:session')), null);
    await closed(dashboard);
  });

  test('with a token that is none leads back to where one was', async () => {
    const dashboard = await opened('/runs?status=ERROR');
    await dashboard.signIn('nonsense');
    await dashboard.page.getByRole('alert').getByText('not valid, or has expired').waitFor();
    takeStatus(dashboard.complaints, 401);
    await dashboard.signIn(await server.token('member@acme'));
    await dashboard.ready();
    assert.equal(await dashboard.address(), '/runs?status=ERROR');
    assert.equal(await dashboard.heading(), 'Runs');
    await closed(dashboard);
  });

  test('an expired token leads to the sign-in, and then to where one was', async () => {
    const dashboard = await opened('/diagnostics?severity=FAILURE');
    await dashboard.signIn(await server.token('member@acme', '--ttl-seconds', '15'));
    await dashboard.ready();
    // The server ends the socket when the token does; the next look at the API finds out.
    await dashboard.page.getByLabel('Paste a token or an API key').waitFor({ timeout: 60_000 });
    dashboard.complaints.splice(0);
    assert.equal(await dashboard.address(), '/diagnostics?severity=FAILURE');
    await dashboard.signIn(await server.token('member@acme'));
    await dashboard.ready();
    assert.equal(await dashboard.heading(), 'Diagnostics');
    assert.equal(await dashboard.address(), '/diagnostics?severity=FAILURE');
    await closed(dashboard);
  });

  test('with a token that no header can have says so', async () => {
    const dashboard = await opened();
    for (const token of ['tökén', 'one two', '“well_sk_quoted”']) {
      await dashboard.signIn(token);
      await dashboard.page.getByRole('alert').getByText('Copy it again.').waitFor();
    }
    await dashboard.signIn(await server.token('member@acme'));
    await dashboard.ready();
    await closed(dashboard);
  });
});
