import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { as, connectorNamed } from '../stage.js';

/** Lets root fields of an operation's answer fail, as when they take too long, until it is told to stop. */
async function failing(page, fields, code = 'REQUEST_TIMEOUT', wanted = () => true) {
  let failing = true;
  await page.route('**/graphql', async (route) => {
    if (!failing || !wanted(route.request().postDataJSON())) return route.fallback();
    const response = await route.fetch();
    const answer = await response.json();
    const failed = Object.keys(answer.data ?? {}).filter((field) => fields.includes(field));
    for (const field of failed) answer.data[field] = null;
    const errors = failed.map((field) => ({ message: 'The test cut it short.', path: [field], extensions: { code } }));
    return route.fulfill({ response, json: failed.length > 0 ? { ...answer, errors } : answer });
  });
  return () => {
    failing = false;
  };
}

/** Forgets what React reports of errors that the page shows. */
function takeShown({ complaints }) {
  complaints.splice(0, complaints.length, ...complaints.filter((one) => !/ApiError|^error: Error: /.test(one)));
}

describe('what failed', () => {
  as('admin@acme', '/', 'of the overview says so in its place, and is tried again', async (dashboard) => {
    const { page } = dashboard;
    for (const [field, part] of [
      ['workspaceConnectors', 'What needs a person'],
      ['connectorMappings', 'What needs a person'],
      ['broken', 'The numbers'],
      ['runsLastWeek', 'The numbers'],
      ['failuresByReason', 'The charts'],
      ['documentsByDay', 'The charts'],
    ]) {
      const stop = await failing(page, [field]);
      await page.goto('/');
      const failure = page.getByRole('alert').filter({ hasText: `${part} could not be read` });
      await failure.getByText('The test cut it short.').waitFor();
      await dashboard.settled();
      assert.equal(await page.getByRole('alert').count(), 1, `the rest stands without ${field}`);
      assert.equal(await page.getByText(/Every connector syncs|All connectors sync/).count(), 0);
      stop();
      await failure.getByRole('button', { name: 'Try again' }).click();
      await failure.waitFor({ state: 'detached' });
      await page.locator('[data-number="regenerate"]').waitFor();
      await page.locator('[data-number="state-ERROR"]').waitFor();
      await page.locator('[data-number="failures"]').waitFor();
      takeShown(dashboard);
    }
  });

  as('admin@acme', '/', 'while a view is fetched again leaves what was read', async (dashboard) => {
    const { page } = dashboard;
    const numbers = await dashboard.numbers();
    await failing(page, ['connected', 'runsToday']);
    const answered = page.waitForResponse((response) => response.request().postData()?.includes('lastWeekFrom'));
    await page.context().setOffline(true);
    await page.locator('[data-connection="lost"]').waitFor();
    await page.context().setOffline(false);
    await answered;
    await page.locator('[data-connection="live"]').waitFor();
    const connected = (all) => all.find(({ name }) => name === 'state-CONNECTED').value;
    assert.equal(connected(await dashboard.numbers()), connected(numbers));
    dashboard.complaints.splice(0, dashboard.complaints.length, ...dashboard.complaints.filter((one) => !/ERR_INTERNET_DISCONNECTED/.test(one)));
  });

  as('admin@acme', '/', 'of members, keys and a connector says so in its place', async (dashboard) => {
    const { page } = dashboard;
    const stop = await failing(page, ['apiKeys']);
    await page.goto('/members');
    const failure = page.getByRole('alert').filter({ hasText: 'The API keys could not be read' });
    await failure.waitFor();
    await page.getByRole('region', { name: 'The members' }).locator('tbody tr[data-index="0"]').waitFor();
    assert.equal(await page.getByText('There is no key.').count(), 0);
    stop();
    await failure.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'API keys' }).waitFor();
    const { id } = await connectorNamed('HubSpot');
    await page.route('**/graphql', async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      if (!answer.data?.workspaceConnector?.syncLogs) return route.fulfill({ response });
      answer.data.workspaceConnector.syncLogs = null;
      const errors = [{ message: 'The test cut it short.', path: ['workspaceConnector', 'syncLogs'], extensions: { code: 'REQUEST_TIMEOUT' } }];
      return route.fulfill({ response, json: { ...answer, errors } });
    });
    await page.goto(`/connectors/${id}`);
    await page.getByRole('alert').filter({ hasText: 'Runs could not be read' }).getByText('The test cut it short.').waitFor();
    await page.locator('[data-number="diagnostics"]').waitFor();
    takeShown(dashboard);
  });

  as('admin@acme', '/', 'of a list leaves its filters, and a link that is of no list leads to the first page', async (dashboard) => {
    const { page } = dashboard;
    await page.goto('/runs?status=ERROR&after=garbage');
    const failure = page.getByRole('alert').filter({ hasText: 'Runs could not be read' });
    await failure.getByText('Begin at the start of the list.').waitFor();
    assert.equal(await page.getByLabel('Status').inputValue(), 'ERROR');
    assert.equal(await page.getByText('0 runs').count(), 0);
    await failure.getByRole('link', { name: 'Go to the first page' }).click();
    await page.locator('tbody tr[data-index="0"]').waitFor();
    assert.equal(new URL(page.url()).searchParams.get('status'), 'ERROR');
    assert.equal(new URL(page.url()).searchParams.get('after'), null);
    takeShown(dashboard);
    // The list stands without the charts above it.
    const stop = await failing(page, ['connectorSyncDiagnostics'], 'REQUEST_TIMEOUT', ({ variables }) => variables.zone !== undefined);
    await page.goto('/diagnostics');
    const charts = page.getByRole('alert').filter({ hasText: 'The charts could not be read' });
    await charts.waitFor();
    await page.locator('tbody tr[data-index="0"]').waitFor();
    stop();
    await charts.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-reason]').first().waitFor();
    takeShown(dashboard);
  });

  as('admin@acme', '/runs', 'of a list’s next page leaves those before it, and is tried again', async (dashboard) => {
    const { page } = dashboard;
    const stop = await failing(page, ['workspaceConnectorSyncLogs'], 'SERVICE_UNAVAILABLE', ({ variables }) => typeof variables.after === 'string');
    const frame = page.getByRole('region', { name: 'Runs' });
    await frame.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    const notice = page.getByRole('alert').filter({ hasText: 'More rows could not be read' });
    await notice.waitFor();
    assert.ok((await page.locator('tbody tr[data-index]').count()) > 0);
    stop();
    await notice.getByRole('button', { name: 'Try again' }).click();
    await page.locator('tbody tr[data-index="100"]').waitFor({ state: 'attached' });
  });

  as('guest@acme', '/', 'because of the role says who may', async ({ page }) => {
    for (const [path, title] of [['/diagnostics', 'Diagnostics'], ['/mappings', 'Mappings'], ['/mappings/00000000-0000-4000-8000-000000000000', 'Mappings']]) {
      await page.goto(path);
      await page.getByText(`${title} are for members, admins and owners.`).waitFor();
    }
  });

  as('admin@acme', '/', 'to arrive of a view’s code leaves the rest of the page, and is tried again', async (dashboard) => {
    const { page } = dashboard;
    const { id } = await connectorNamed('HubSpot');
    const forget = () => {
      const kept = dashboard.complaints.filter((one) => !/ERR_INTERNET_DISCONNECTED|ApiError/.test(one));
      dashboard.complaints.splice(0, dashboard.complaints.length, ...kept);
    };
    await page.evaluate(() => (globalThis.samePage = true));
    await page.context().setOffline(true);
    await page.getByRole('link', { name: 'Documents', exact: true }).click();
    const failure = page.getByRole('alert').filter({ hasText: 'A part of the page could not be fetched.' });
    await failure.waitFor();
    await page.getByLabel('Views').getByRole('link', { name: 'Runs' }).waitFor();
    await page.context().setOffline(false);
    await page.locator('[data-connection="live"]').waitFor();
    await failure.getByRole('button', { name: 'Try again' }).click();
    await page.locator('tbody tr[data-index="0"]').waitFor();
    assert.equal(await dashboard.heading(), 'Documents');
    assert.equal(await page.evaluate(() => globalThis.samePage), true);
    forget();
    // So does that of a part of a view.
    let away = true;
    await page.route('**/assets/ConnectorActions-*.js', (route) => (away ? route.abort('internetdisconnected') : route.fallback()));
    await page.goto(`/connectors/${id}`);
    const actions = page.getByRole('alert').filter({ hasText: 'The actions could not be read' });
    await actions.waitFor();
    assert.equal(await dashboard.heading(), 'HubSpot');
    away = false;
    await actions.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Rename' }).waitFor();
    forget();
  });
});
