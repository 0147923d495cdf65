import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sql } from '../kit.js';
import { as, ask, closed, connectorNamed, everyView, opened, server, violations } from '../stage.js';

describe('for everyone', () => {
  as('admin@acme', '/', 'each view is accessible in light and dark, fits from 320 to 3840 pixels, and shows its queries', async (dashboard) => {
    const { page } = dashboard;
    for (const path of await everyView()) {
      await page.setViewportSize({ width: 1400, height: 850 });
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      await dashboard.visit(path);
      assert.deepEqual(await violations(page), [], path);
      await page.emulateMedia({ colorScheme: 'dark' });
      assert.deepEqual(await violations(page), [], `${path} in the dark`);
      await page.getByRole('button', { name: 'GraphQL' }).click();
      assert.match(await page.getByRole('dialog').locator('pre').first().textContent(), /^query \w+Query/, path);
      await page.keyboard.press('Escape');
      for (const width of [320, 3840]) {
        await page.setViewportSize({ width, height: 800 });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(overflow, 0, `${path} at ${width}`);
      }
      await page.setViewportSize({ width: 320, height: 800 });
      assert.deepEqual(await violations(page), [], `${path} on a phone`);
    }
  });

  as('admin@acme', '/tasks', 'a dialog is accessible, too', async ({ page }) => {
    await page.getByRole('button', { name: 'Create a task' }).click();
    await page.getByRole('dialog').getByLabel('Assigned to').waitFor();
    assert.deepEqual(await violations(page), []);
  });

  test('the sign-in is accessible', async () => {
    const dashboard = await opened();
    await dashboard.page.getByRole('button', { name: 'admin@acme' }).waitFor();
    assert.deepEqual(await violations(dashboard.page), []);
    await closed(dashboard);
  });

  as('admin@acme', '/', 'times are in the zone of the browser, which is shown, and numbers in its language', async (dashboard) => {
    const { page } = dashboard;
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Kolkata' });
    await devtools.send('Emulation.setLocaleOverride', { locale: 'de-DE' });
    const query = '{ workspaceConnectorSyncLogs(first: 1, orderBy: [{ field: CREATED_AT, direction: DESC }]) { nodes { createdAt } } }';
    await dashboard.visit('/runs');
    await page.getByText('Times in GMT+5:30').waitFor();
    const [{ createdAt }] = (await ask('admin@acme', query)).workspaceConnectorSyncLogs.nodes;
    const expected = new Date(createdAt).toLocaleTimeString('de-DE', { timeZone: 'Asia/Kolkata', hour: 'numeric', minute: '2-digit' });
    const shown = page.locator(`time[datetime="${createdAt}"]`).first();
    assert.match(await shown.textContent(), new RegExp(`${expected}$`));
    await dashboard.visit('/diagnostics');
    const total = await dashboard.total();
    assert.equal(await page.locator('p.total').textContent(), `${total.toLocaleString('de-DE')} diagnostics`);
    assert.ok(total > 1_000, `${total} has a separator of thousands`);
  });

  as('admin@acme', '/', 'who chooses the dark keeps it', async (dashboard) => {
    const { page } = dashboard;
    await page.getByLabel('Theme').selectOption('dark');
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await ground(), 'rgb(16, 22, 20)');
    await dashboard.visit('/runs');
    assert.equal(await ground(), 'rgb(16, 22, 20)');
  });

  as('admin@acme', '/', 'the keyboard alone leads from view to view, into a dialog and out', async (dashboard) => {
    const { page } = dashboard;
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
    await page.locator('body').press('Tab');
    const tabTo = async (text) => {
      for (let presses = 0; presses < 60 && (await focused()) !== text; presses += 1) await page.keyboard.press('Tab');
      assert.equal(await focused(), text);
    };
    await page.evaluate(() => document.querySelector('.skip').focus());
    await tabTo('Tasks');
    await page.keyboard.press('Enter');
    await page.waitForURL(({ pathname }) => pathname === '/tasks');
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    // The focus passes by what is not there yet.
    await page.getByRole('button', { name: 'Create a task' }).waitFor();
    await tabTo('Create a task');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'title');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.textContent === 'Create a task');
  });

  as('admin@acme', '/', 'names without a space do not make a phone’s page wider', async (dashboard) => {
    const { page } = dashboard;
    const { id, accountLabel } = await connectorNamed('Xero');
    const rename = (label) => sql(server, `UPDATE core_api.workspace_connectors SET account_label = ${label === null ? 'NULL' : `'${label}'`} WHERE workspace_connector_id = '${id}'`);
    await rename('x'.repeat(200));
    await page.setViewportSize({ width: 320, height: 800 });
    for (const path of ['/', '/connectors', `/connectors/${id}`, `/runs?connector=${id}`, `/diagnostics?connector=${id}`, `/mappings?connector=${id}`, '/documents', '/provenance']) {
      await dashboard.visit(path);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(overflow, 0, path);
    }
    await rename(accountLabel);
  });
});
