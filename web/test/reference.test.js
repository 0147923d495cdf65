import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { openProfile, startBrowser } from './browser.js';
import { startServer } from './server.js';

const { paths } = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'));
const METHODS = ['get', 'post', 'patch', 'delete'];
const LOGS = '/v1/workspace-connector-sync-logs';

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Runs a test over the reference, which may have nothing to complain about in the end. */
function overReference(name, body, viewport) {
  test(name, async () => {
    const { context, complaints } = await openProfile(browser, server.url, viewport);
    const page = await context.newPage();
    await page.goto('/v1/docs');
    await page.locator('.opblock-tag').first().waitFor();
    await body(page);
    await context.close();
    assert.deepEqual(complaints, []);
  });
}

/** The operation of a method at an address, opened. */
async function opened(page, method, path) {
  const tag = paths[path][method].tags[0];
  await page.locator(`.opblock-tag[data-tag="${tag}"]`).click();
  const operation = page.locator(`[id="operations-${tag}-${paths[path][method].operationId}"]`);
  await operation.locator('.opblock-summary-control').click();
  return operation;
}

/** What is answered to an operation as it is filled in. */
async function executed(page, operation) {
  const answer = page.waitForResponse((response) => response.url().includes('/v1/workspace'));
  await operation.getByRole('button', { name: 'Execute' }).click();
  const response = await answer;
  await operation.locator('.live-responses-table').waitFor();
  return response;
}

overReference('every operation is listed', async (page) => {
  for (const tag of await page.locator('.opblock-tag').all()) await tag.click();
  const described = Object.values(paths).flatMap((item) => METHODS.filter((method) => item[method]));
  await assertCount(page.locator('.opblock'), described.length);
});

overReference('an operation is tried in place, as the person who was chosen', async (page) => {
  await page.getByLabel('Ask as').selectOption('guest@acme');
  const operation = await opened(page, 'get', LOGS);
  await operation.locator('tr[data-param-name="limit"] input').fill('2');
  await operation.locator('tr[data-param-name="filter[error][contains]"] input').fill('a');
  const response = await executed(page, operation);
  const asked = new URL(response.url()).searchParams;
  assert.deepEqual([response.status(), asked.get('limit'), asked.get('filter[error][contains]')], [200, '2', 'a']);
  assert.equal(JSON.parse(atob(response.request().headers().authorization.split('.')[1])).sub, 'guest@acme');
  assert.equal((await response.json()).data.length, 2);
});

overReference('each parameter is explained', async (page) => {
  const operation = await opened(page, 'get', LOGS);
  const rows = operation.locator('.parameters tr[data-param-name]');
  await assertCount(rows, paths[LOGS].get.parameters.length);
  for (const text of await rows.locator('.parameters-col_description').allInnerTexts()) assert.match(text, /\w{3,}/);
});

overReference('a narrow screen shows it without scrolling sideways', async (page) => {
  await opened(page, 'get', LOGS);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
}, { width: 360, height: 740 });

async function assertCount(locator, count) {
  await locator.nth(count - 1).waitFor({ state: 'attached' });
  assert.equal(await locator.count(), count);
}
