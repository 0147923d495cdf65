import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { sql } from '../kit.js';
import { as, ask, askAsPipeline, closed, connectorNamed, failRun, server, signedIn, startRun } from '../stage.js';

describe('lists', () => {
  as('admin@acme', '/runs', 'a link shows the same to somebody else', async (dashboard) => {
    const { page } = dashboard;
    await page.getByLabel('Status').selectOption('ERROR');
    await page.getByLabel('Search errors').fill('the');
    await page.waitForURL(/q=the/);
    await page.getByRole('button', { name: /^Duration/ }).click();
    await page.waitForURL(/sort=DURATION_MS.desc/);
    const filter = { status: { eq: 'ERROR' }, error: { contains: 'the' } };
    const query = 'query ($filter: WorkspaceConnectorSyncLogFilter) { workspaceConnectorSyncLogs(first: 1, filter: $filter) { totalCount } }';
    const total = (await ask('admin@acme', query, { filter })).workspaceConnectorSyncLogs.totalCount;
    await dashboard.untilTotal(total);
    const rows = () => page.locator('tbody tr[data-index]').evaluateAll((all) => all.slice(0, 5).map((row) => row.textContent));
    await page.locator('th[aria-sort="descending"]').getByText('Duration').waitFor();
    await dashboard.settled();
    const shown = await rows();
    const other = await signedIn('member@acme', page.url());
    assert.equal(await other.total(), total);
    const seen = await other.page.locator('tbody tr[data-index]').evaluateAll((all) => all.slice(0, 5).map((row) => row.textContent));
    assert.deepEqual(seen, shown);
    await closed(other);
  });

  as('admin@acme', '/runs', 'scrolling puts the cursor into the address, and a link begins there', async (dashboard) => {
    const { page } = dashboard;
    const frame = page.getByRole('region', { name: 'Runs' });
    await page.locator('tbody tr[data-index="0"]').waitFor();
    for (let index = 0; !/after=/.test(page.url()) && index < 60; index += 1) {
      await frame.evaluate((element) => element.scrollBy(0, 900));
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    }
    await page.waitForURL(/after=/);
    const after = new URL(page.url()).searchParams.get('after');
    const expected = (await ask('admin@acme', 'query ($after: String) { workspaceConnectorSyncLogs(first: 1, after: $after) { nodes { id } } }', { after })).workspaceConnectorSyncLogs.nodes[0].id;
    const other = await signedIn('admin@acme', page.url());
    assert.ok((await other.page.locator('tbody tr[data-index="0"] a').first().getAttribute('href')).startsWith(`/runs/${expected}`));
    await other.page.getByRole('button', { name: 'Show runs before these' }).click();
    await other.page.waitForFunction((id) => !document.querySelector('tbody tr[data-index="0"] a').getAttribute('href').includes(id), expected);
    await closed(other);
  });

  test('of ten thousand rows have only those in view in the page', async () => {
    const { id } = await connectorNamed('Stripe');
    for (let part = 0; part < 10; part += 1) {
      const diagnostics = Array.from({ length: 1_000 }, (_, index) => ({
        workspaceConnectorId: id,
        targetModel: 'INVOICE',
        toolName: 'many_rows',
        reason: 'EMPTY_RESULT',
        detail: `Row ${part * 1_000 + index}.`,
      }));
      const made = await askAsPipeline('mutation ($input: CreateConnectorSyncDiagnosticsInput!) { createConnectorSyncDiagnostics(input: $input) { userErrors { message } } }', { input: { diagnostics } });
      assert.deepEqual(made.createConnectorSyncDiagnostics.userErrors, []);
    }
    const dashboard = await signedIn('admin@acme', '/diagnostics?tool=many_rows');
    const { page } = dashboard;
    await dashboard.untilTotal(10_000);
    const frame = page.getByRole('region', { name: 'Diagnostics', exact: true });
    await frame.locator('tbody tr[data-index="0"]').waitFor();
    for (let last = 0; last < 500; ) {
      await frame.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      await page.waitForFunction((before) => Number([...document.querySelectorAll('tr[data-index]')].at(-1).dataset.index) > before, last);
      last = await page.locator('tr[data-index]').last().evaluate((row) => Number(row.dataset.index));
    }
    assert.ok((await page.locator('tr[data-index]').count()) < 80, 'the page holds few of them');
    await closed(dashboard);
  });

  as('admin@acme', '/connectors?sort=LAST_SUCCESS.desc', 'of connectors are filtered and ordered, too', async (dashboard) => {
    const { page } = dashboard;
    await page.locator('th[aria-sort="descending"]').getByText('Last success').waitFor();
    await page.getByRole('button', { name: /^Connector/ }).click();
    await page.locator('th[aria-sort="ascending"]').getByText('Connector').waitFor();
    assert.match(page.url(), /sort=NAME.asc/);
    const names = await page.locator('tbody .connector-name').allTextContents();
    assert.deepEqual(names, names.toSorted((one, other) => one.toLowerCase().localeCompare(other.toLowerCase())));
    await page.getByLabel('Health').selectOption('HUNG');
    await dashboard.untilTotal(1);
    await page.getByRole('link', { name: /^Gmail/ }).waitFor();
  });

  as('admin@acme', '/runs?q=never%20said', 'that are empty say what to do', async (dashboard) => {
    const { page } = dashboard;
    await page.getByText('No run passes the filters.').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.locator('tbody tr[data-index="0"]').waitFor();
    for (const path of ['/runs', '/connectors', '/mappings']) {
      await page.goto(`${path}/${randomUUID()}`);
      await page.getByText(/^There is no such \w+ in this workspace\.$/).waitFor();
    }
  });

  as('admin@acme', '/', 'that are refused say why, and offer a way out', async (dashboard) => {
    const { page } = dashboard;
    await page.goto('/runs?status=NOPE');
    await page.getByText('The address holds a value that the server does not take.').waitFor();
    dashboard.complaints.splice(0);
    await page.getByRole('link', { name: 'Clear filters' }).click();
    await page.locator('tbody tr[data-index="0"]').waitFor();
    // A server that cannot be reached is tried again.
    await page.route('**/graphql', (route) => route.abort());
    await page.goto('/documents');
    await page.getByText('The server cannot be reached.').waitFor();
    dashboard.complaints.splice(0);
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('tbody tr[data-index="0"]').waitFor();
  });

  as('admin@acme', '/', 'that are slow show where they will be', async ({ page }) => {
    const waiting = [];
    let slow = true;
    await page.route('**/graphql', (route) => (slow ? waiting.push(route) : route.fallback()));
    await page.getByRole('link', { name: 'Documents', exact: true }).click();
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    slow = false;
    await Promise.all(waiting.map((route) => route.fallback()));
    await page.locator('tbody tr[data-index="0"]').waitFor();
  });

  as('admin@acme', '/runs', 'that are read do not move when rows arrive, which a button tells of', async (dashboard) => {
    const { page } = dashboard;
    const { id: connector } = await connectorNamed('Pennylane');
    const frame = page.getByRole('region', { name: 'Runs' });
    await page.locator('tbody tr[data-index="0"]').waitFor();
    await frame.evaluate((element) => element.scrollTo(0, 600));
    const read = () => frame.evaluate((element) => {
      const edge = element.getBoundingClientRect().top + 60;
      const row = [...element.querySelectorAll('tr[data-index]')].find((one) => one.getBoundingClientRect().top >= edge);
      return [row.querySelector('a').getAttribute('href'), Math.round(row.getBoundingClientRect().top)];
    });
    await page.waitForFunction(() => Number(document.querySelector('tr[data-index]').dataset.index) > 0);
    const before = await read();
    const run = await startRun(connector);
    const button = page.getByRole('button', { name: 'The list has changed. Show the newest' });
    await button.waitFor();
    assert.deepEqual(await read(), before);
    await button.click();
    await page.locator(`tbody tr[data-index="0"] a[href^="/runs/${run}"]`).waitFor();
    await failRun(run, 'The test ended it.');
  });

  as('admin@acme', '/runs', 'begin at the top again by the way to the view', async (dashboard) => {
    const { page } = dashboard;
    const frame = page.getByRole('region', { name: 'Runs' });
    const way = page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Runs' });
    const first = await page.locator('tbody tr[data-index="0"] a').first().getAttribute('href');
    const atTop = () => page.waitForFunction((href) => document.querySelector('tbody tr[data-index="0"] a')?.getAttribute('href') === href && document.querySelector('.table-frame').scrollTop === 0, first);
    for (let index = 0; !/after=/.test(page.url()) && index < 60; index += 1) {
      await frame.evaluate((element) => element.scrollBy(0, 900));
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    }
    await page.waitForURL(/after=/);
    const middle = page.url();
    await way.click();
    await atTop();
    assert.equal(await dashboard.address(), '/runs');
    // From a link to the middle of it, too.
    await page.goto(middle);
    await page.getByRole('button', { name: 'Show runs before these' }).waitFor();
    await way.click();
    await atTop();
    assert.equal(await page.getByRole('button', { name: 'Show runs before these' }).count(), 0);
  });

  as('admin@acme', '/runs', 'are searched by texts with spaces in them, as they are typed', async ({ page }) => {
    const field = page.getByLabel('Search errors');
    await field.pressSequentially('the ');
    await page.waitForURL(/q=the(&|$)/);
    await field.pressSequentially('refresh');
    await page.waitForURL(/q=the\+refresh/);
    assert.equal(await field.inputValue(), 'the refresh');
  });

  as('admin@acme', '/', 'that an address has nothing of say so', async (dashboard) => {
    const { page } = dashboard;
    for (const noun of ['run', 'connector', 'mapping']) {
      await page.goto(`/${noun}s/not-an-id`);
      await page.getByText(`There is no such ${noun} in this workspace.`).waitFor();
    }
    await dashboard.visit('/mappings?regenerate=perhaps');
    const { connectorMappings } = await ask('admin@acme', '{ connectorMappings(first: 1) { totalCount } }');
    await dashboard.untilTotal(connectorMappings.totalCount);
    assert.equal(await page.getByLabel('Regeneration').inputValue(), '');
  });

  as('admin@acme', '/', 'show the first lines of a long error, and all of it for whoever asks', async (dashboard) => {
    const { page } = dashboard;
    const { id: connector } = await connectorNamed('Pennylane');
    const run = await startRun(connector);
    await failRun(run, `${'A long story. '.repeat(150)}The end of it.`);
    for (const [path, box] of [[`/runs?connector=${connector}`, page.locator('tbody tr[data-index="0"]')], [`/runs/${run}`, page.locator('.notice.bad')]]) {
      await dashboard.visit(path);
      const text = box.getByText('The end of it.');
      await text.waitFor();
      const height = async () => (await text.boundingBox()).height;
      assert.ok((await height()) < 120, `${await height()} of ${path}`);
      const former = await height();
      await box.getByRole('button', { name: 'Show all' }).click();
      assert.ok((await height()) > former);
      await box.getByRole('button', { name: 'Show less' }).click();
      assert.equal(await height(), former);
    }
  });

  as('admin@acme', '/members', 'of members, keys and connectors do not end at a hundred', async (dashboard) => {
    const { page } = dashboard;
    const prefix = randomUUID().slice(0, 8);
    await sql(
      server,
      `INSERT INTO core_api.memberships (subject, role, status, workspace_pk)
         SELECT '${prefix}-' || n, 'guest', 'active', workspace_pk FROM core_api.memberships, generate_series(1, 120) AS n WHERE subject = 'admin@acme';
       INSERT INTO core_api.workspace_connectors (account_label, connector_pk, workspace_pk, status)
         SELECT '${prefix} ' || n, c.connector_pk, c.workspace_pk, c.status FROM core_api.workspace_connectors AS c
         JOIN core_api.memberships AS m USING (workspace_pk), generate_series(1, 120) AS n WHERE m.subject = 'admin@acme' AND c.account_label IS NOT NULL
         AND c.pk = (SELECT min(o.pk) FROM core_api.workspace_connectors AS o WHERE o.workspace_pk = c.workspace_pk AND o.account_label IS NOT NULL)`,
    );
    const { memberships } = await ask('admin@acme', '{ memberships(first: 1) { totalCount } }');
    await page.reload();
    const rows = page.getByRole('region', { name: 'The members' }).locator('tbody tr[data-index]');
    await rows.nth(99).waitFor();
    for (const more = page.getByRole('button', { name: 'Show more members' }); (await more.count()) > 0; ) {
      const shown = await rows.count();
      await more.click();
      await rows.nth(shown).waitFor();
    }
    assert.equal(await rows.count(), memberships.totalCount);
    await dashboard.visit('/runs');
    await page.locator('.filters label', { hasText: /^Connector/ }).locator('option', { hasText: `${prefix} 120` }).waitFor({ state: 'attached' });
    await sql(server, `DELETE FROM core_api.memberships WHERE subject LIKE '${prefix}-%'; DELETE FROM core_api.workspace_connectors WHERE account_label LIKE '${prefix} %'`);
  });
});
