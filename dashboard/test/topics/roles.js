import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { as, ask } from '../stage.js';

describe('workspaces and roles', () => {
  as('consultant@wellapp', '/', 'another workspace shows nothing of the former', async (dashboard) => {
    const { page } = dashboard;
    await page.getByLabel('Workspace').waitFor();
    const { workspaceConnectors, viewer } = await ask('consultant@wellapp', '{ viewer { workspaces { id name } } workspaceConnectors(first: 100) { nodes { id accountLabel } } }');
    const acme = workspaceConnectors.nodes.filter(({ accountLabel }) => accountLabel?.includes('acme'));
    assert.ok((await page.locator('.main').textContent()).includes('acme'));
    await page.getByLabel('Workspace').selectOption({ label: 'Globex Corporation' });
    await dashboard.ready();
    await page.locator('.workspace select').getByText('Globex Corporation').waitFor({ state: 'attached' });
    const globex = viewer.workspaces.find(({ name }) => name === 'Globex Corporation').id;
    for (const path of ['/', '/connectors', '/runs', '/documents', '/collects', `/connectors/${acme[0].id}`]) {
      await dashboard.visit(`${path}?workspace=${globex}`);
      const text = await page.locator('.main').textContent();
      assert.ok(!/acme/i.test(text), `${path}: ${/.{30}acme.{30}/i.exec(text)}`);
    }
    await page.getByText('There is no such connector in this workspace.').waitFor();
  });

  as('member@acme', '/', 'a member sees neither keys nor how mappings are made', async (dashboard) => {
    const { page } = dashboard;
    assert.equal(await page.getByRole('link', { name: 'Members and keys' }).count(), 0);
    await page.goto('/members');
    await page.getByText('Members and keys are for admins and owners.').waitFor();
    await page.goto('/mappings');
    await page.locator('tbody tr[data-index="0"] a').first().click();
    await page.getByText('for admins and owners').waitFor();
    assert.equal(await page.getByLabel('The expression', { exact: true }).count(), 0);
    await page.goto('/connectors');
    await page.getByRole('link', { name: /^Stripe/ }).click();
    await dashboard.settled();
    assert.equal(await page.getByRole('button', { name: 'Rename' }).count(), 0);
  });

  as('guest@acme', '/', 'a guest sees no diagnostics, and changes nothing', async (dashboard) => {
    const { page } = dashboard;
    assert.equal(await page.getByRole('link', { name: 'Diagnostics' }).count(), 0);
    await page.goto('/collects');
    await dashboard.settled();
    assert.equal(await page.getByRole('button', { name: /^(Start a collect|Start|Finish)$/ }).count(), 0);
  });
});
