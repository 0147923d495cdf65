import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { startServer } from '../kit.js';
import { as, opened, server } from '../stage.js';

/** The compressed script of the first view, with its charts. */
const MAX_SCRIPT_BYTES = 250_000;

describe('what is served', () => {
  as('admin@acme', '/', 'the first view is small', async ({ page }) => {
    await page.locator('[data-reason]').first().waitFor();
    const scripts = await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).map(({ encodedBodySize }) => encodedBodySize));
    const total = scripts.reduce((sum, size) => sum + size, 0);
    assert.ok(total > 50_000 && total < MAX_SCRIPT_BYTES, `${total} bytes of script`);
  });

  test('the policy lets nothing else run or be asked', async () => {
    const dashboard = await opened();
    const evaluated = await dashboard.page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.injected = true';
      document.head.append(script);
      return globalThis.injected;
    });
    assert.equal(evaluated, undefined);
    assert.equal(await dashboard.page.evaluate(() => fetch('http://127.0.0.1:1/').catch((error) => error.name)), 'TypeError');
    const refused = dashboard.complaints.filter((complaint) => complaint.includes('Content Security Policy'));
    assert.ok(refused.length >= 2, refused.join('\n'));
    await dashboard.close();
  });

  test('the policy has neither unsafe-eval nor unsafe-inline', async () => {
    const policy = (await fetch(server.url)).headers.get('content-security-policy');
    assert.match(policy, /script-src 'self';/);
    assert.doesNotMatch(policy, /unsafe/);
  });

  test('without the dashboard, its address leads to GraphiQL', async () => {
    const without = await startServer('--no-dashboard', '--no-demo');
    const root = await fetch(without.url, { redirect: 'manual' });
    assert.equal(root.status, 307);
    assert.equal(root.headers.get('location'), '/graphiql');
    assert.equal((await fetch(`${without.url}/runs`)).status, 404);
    await without.stop();
  });
});
