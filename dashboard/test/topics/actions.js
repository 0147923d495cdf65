import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe } from 'node:test';

import { as, ask, connectorNamed, onNextMutation, server } from '../stage.js';

describe('actions', () => {
  as('admin@acme', '/connectors', 'who renames a connector that somebody else renamed decides', async (dashboard) => {
    const { page } = dashboard;
    await page.getByRole('link', { name: /^Google Drive/ }).click();
    await page.getByRole('button', { name: 'Rename' }).click();
    const field = page.getByLabel('Account, as people know it');
    await field.fill('x'.repeat(300));
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('.field .field-error').waitFor();
    const { id } = await connectorNamed('Google Drive');
    const rename = (label) => ask('admin@acme', 'mutation ($input: UpdateWorkspaceConnectorInput!) { updateWorkspaceConnector(input: $input) { userErrors { message } } }', { input: { id, accountLabel: label } });
    await field.fill('Mine');
    await onNextMutation(page, async (route) => {
      await rename('Theirs');
      await route.continue();
    });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Somebody else changed it meanwhile. It is called “Theirs” now.').waitFor();
    await page.getByRole('button', { name: 'Save mine' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal((await connectorNamed('Google Drive')).accountLabel, 'Mine');
    await page.getByText('Mine', { exact: true }).first().waitFor();
  });

  as('admin@acme', '/members', 'a key is shown once, works, and is revoked', async (dashboard) => {
    const { page } = dashboard;
    const name = `key ${randomUUID().slice(0, 8)}`;
    await page.getByRole('button', { name: 'Create a key' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.locator('.field .field-error').waitFor();
    await page.getByLabel('What it is for').fill(name);
    await page.getByLabel('What its holder may do').selectOption('GUEST');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    const secret = (await page.getByLabel('The key').textContent()).trim();
    assert.equal((await server.ask(secret, '{ viewer { role } }')).viewer.role, 'GUEST');
    await page.getByRole('button', { name: 'Done' }).click();
    assert.ok(!(await page.content()).includes(secret));
    await page.getByRole('button', { name: `Revoke ${name}` }).click();
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByRole('cell', { name, exact: true }).waitFor({ state: 'detached' });
  });

  as('member@acme', '/collects', 'a collect is started and finished', async (dashboard) => {
    const { page } = dashboard;
    const total = await dashboard.total();
    await page.getByRole('button', { name: 'Start a collect' }).click();
    await page.getByLabel(/^Provider/).fill('popup');
    await page.getByRole('dialog').getByRole('button', { name: 'Start', exact: true }).click();
    await dashboard.untilTotal(total + 1);
    const row = page.locator('tbody tr[data-index="0"]');
    await row.getByRole('button', { name: 'Finish' }).click();
    await row.getByText('Finalized').waitFor();
  });

  as('member@acme', '/collects', 'who ends a collect that somebody else changed decides', async (dashboard) => {
    const { page } = dashboard;
    const total = await dashboard.total();
    const { createCollect: made } = await ask('member@acme', 'mutation ($input: CreateCollectInput!) { createCollect(input: $input) { collect { id } } }', {
      input: { provider: 'conflict', status: 'IN_PROGRESS' },
    });
    await dashboard.untilTotal(total + 1);
    const row = page.locator('tbody tr[data-index="0"]');
    await row.getByText('conflict', { exact: true }).waitFor();
    await onNextMutation(page, async (route) => {
      await ask('member@acme', 'mutation ($input: UpdateCollectInput!) { updateCollect(input: $input) { userErrors { message } } }', {
        input: { id: made.collect.id, provider: 'theirs' },
      });
      await route.continue();
    });
    await row.getByRole('button', { name: 'Give up' }).click();
    await row.getByText('Somebody else changed it meanwhile.').waitFor();
    await row.getByText('In progress').waitFor();
    await row.getByText('theirs', { exact: true }).waitFor();
    // The badge is there before the server has answered.
    const answered = page.waitForResponse((response) => response.request().postData()?.includes(made.collect.id));
    await row.getByRole('button', { name: 'Give up anyway' }).click();
    await row.locator('.badge', { hasText: 'Error' }).waitFor();
    await answered;
    assert.equal((await ask('member@acme', 'query ($id: ID!) { collect(id: $id) { status } }', { id: made.collect.id })).collect.status, 'ERROR');
  });

  as('admin@acme', '/connectors', 'what is expected is shown at once, and taken back when it is refused', async (dashboard) => {
    const { page } = dashboard;
    await page.getByRole('link', { name: /^Stripe/ }).click();
    await page.getByRole('button', { name: 'Rename' }).click();
    const former = await page.locator('.lead').textContent();
    const label = `x${randomUUID()}`.repeat(10);
    await page.getByLabel('Account, as people know it').fill(label);
    let answer;
    await onNextMutation(page, (route) => {
      answer = () => route.continue();
    });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    // The server has not been asked yet.
    await page.locator('.lead', { hasText: label }).waitFor();
    await answer();
    await page.locator('.field .field-error').waitFor();
    assert.equal(await page.locator('.lead').textContent(), former);
  });

  as('member@acme', '/tasks', 'what is created is in the list before the server has answered', async (dashboard) => {
    const { page } = dashboard;
    const title = `Task ${randomUUID().slice(0, 8)}`;
    await page.getByRole('button', { name: 'Create a task' }).click();
    await page.getByRole('dialog').getByLabel('Title').fill(title);
    let answer;
    await onNextMutation(page, (route) => {
      answer = () => route.continue();
    });
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    const row = page.locator('tbody tr', { hasText: title });
    await row.waitFor({ state: 'attached' });
    await answer();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await row.count(), 1);
  });

  as('admin@acme', '/connectors', 'a connector is disconnected, after a question', async (dashboard) => {
    const { page } = dashboard;
    const { id } = await connectorNamed('LinkedIn');
    await dashboard.visit(`/connectors/${id}`);
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('dialog').getByText('its mappings are deleted').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('.facts').getByText('Not connected').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Disconnect' }).count(), 0);
    const { workspaceConnector } = await ask('admin@acme', 'query ($id: ID!) { workspaceConnector(id: $id) { connectionState } }', { id });
    assert.equal(workspaceConnector.connectionState, 'MISSING');
  });

  as('admin@acme', '/connectors', 'who disconnects a connector that somebody else changed decides', async (dashboard) => {
    const { page } = dashboard;
    const { id } = await connectorNamed('Acme ERP');
    await dashboard.visit(`/connectors/${id}`);
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await onNextMutation(page, async (route) => {
      const input = { id, accountLabel: 'Still needed' };
      await ask('admin@acme', 'mutation ($input: UpdateWorkspaceConnectorInput!) { updateWorkspaceConnector(input: $input) { userErrors { message } } }', { input });
      await route.continue();
    });
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Disconnect' }).click();
    await dialog.getByText('Somebody else changed it meanwhile.').waitFor();
    await page.locator('.lead', { hasText: 'Still needed' }).waitFor();
    const connected = async () => (await ask('admin@acme', 'query ($id: ID!) { workspaceConnector(id: $id) { connectionState } }', { id })).workspaceConnector.connectionState;
    assert.equal(await connected(), 'CONNECTED');
    await dialog.getByRole('button', { name: 'Disconnect anyway' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await connected(), 'MISSING');
  });

  as('member@acme', '/tasks', 'a task is created, and changed', async (dashboard) => {
    const { page } = dashboard;
    const title = `Task ${randomUUID().slice(0, 8)}`;
    await page.getByRole('button', { name: 'Create a task' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.locator('.field .field-error').waitFor();
    await page.getByRole('dialog').getByLabel('Title').fill(title);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('button', { name: `Edit ${title}` }).click();
    await page.getByRole('dialog').getByLabel('Status').selectOption('BLOCKED');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('tbody tr').filter({ hasText: title }).getByText('Blocked').waitFor();
  });
});
