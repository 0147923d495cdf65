import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe } from 'node:test';

import { sql } from '../kit.js';
import { as, ask, connectorNamed, server } from '../stage.js';

const RENAME = 'mutation ($input: UpdateWorkspaceConnectorInput!) { updateWorkspaceConnector(input: $input) { userErrors { message } } }';
const CREATE_TASK = 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } userErrors { message } } }';

async function createTask(input) {
  const { createTask: made } = await ask('admin@acme', CREATE_TASK, { input });
  assert.deepEqual(made.userErrors, []);
  return made.task.id;
}

describe('dialogs', () => {
  as('admin@acme', '/', 'a change that arrives while one writes is told of, and not overwritten', async (dashboard) => {
    const { page } = dashboard;
    const { id } = await connectorNamed('Xero');
    await dashboard.visit(`/connectors/${id}`);
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByLabel('Account, as people know it').fill('Of this page');
    const theirs = `Theirs ${randomUUID().slice(0, 8)}`;
    await ask('admin@acme', RENAME, { input: { id, accountLabel: theirs } });
    // It is shown behind the dialog.
    await page.locator('.lead', { hasText: theirs }).waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText(`Somebody else changed it meanwhile. It is called “${theirs}” now.`).waitFor();
    assert.equal((await connectorNamed('Xero')).accountLabel, theirs);
    await page.getByRole('button', { name: 'Keep theirs' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  as('member@acme', '/tasks', 'a task that leaves the list meanwhile keeps its dialog, with what was written', async (dashboard) => {
    const { page } = dashboard;
    const title = `Task ${randomUUID().slice(0, 8)}`;
    const id = await createTask({ title });
    await dashboard.visit(`/tasks?status=OPEN&q=${encodeURIComponent(title)}`);
    await page.getByRole('button', { name: `Edit ${title}` }).click();
    await page.getByRole('dialog').getByLabel('Description').fill('Written at length');
    await ask('admin@acme', 'mutation ($input: UpdateTaskInput!) { updateTask(input: $input) { userErrors { message } } }', { input: { id, status: 'DONE' } });
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    // What is behind a dialog is hidden from screen readers, so that it is found by its place.
    await page.locator('[data-total="0"]').waitFor();
    assert.equal(await page.getByRole('dialog').getByLabel('Description').inputValue(), 'Written at length');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Somebody else changed it meanwhile.').waitFor();
    await page.getByRole('button', { name: 'Save mine' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const { task } = await ask('admin@acme', 'query ($id: ID!) { task(id: $id) { description } }', { id });
    assert.equal(task.description, 'Written at length');
  });

  as('member@acme', '/tasks', 'a task keeps who it is assigned to in a workspace of many people, all of whom are found', async (dashboard) => {
    const { page } = dashboard;
    // Behind the first hundred names.
    const name = `Zz ${randomUUID().slice(0, 8)}`;
    await sql(
      server,
      `INSERT INTO core_api.peoples (workspace_pk, full_name)
       SELECT pk, names.name FROM core_api.workspaces AS acme,
       (SELECT 'Aa ' || number AS name FROM generate_series(1, 101) AS number UNION ALL SELECT '${name}' UNION ALL SELECT '${name} the second') AS names WHERE acme.name = 'Acme'`,
    );
    const { people } = await ask('admin@acme', 'query ($name: String!) { people(first: 2, filter: { fullName: { startsWith: $name } }, orderBy: [{ field: FULL_NAME, direction: ASC }]) { nodes { id } } }', { name });
    const [first, second] = people.nodes.map(({ id }) => id);
    const title = `Task ${randomUUID().slice(0, 8)}`;
    const id = await createTask({ title, assignedToId: first });
    await dashboard.visit(`/tasks?q=${encodeURIComponent(title)}`);
    const dialog = page.getByRole('dialog');
    const save = async () => {
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await dialog.waitFor({ state: 'detached' });
      return (await ask('admin@acme', 'query ($id: ID!) { task(id: $id) { priority assignedTo { id } } }', { id })).task;
    };
    await page.getByRole('button', { name: `Edit ${title}` }).click();
    await dialog.getByLabel('Assigned to').locator('option:checked', { hasText: name }).waitFor({ state: 'attached' });
    await dialog.getByLabel('Priority').fill('high');
    assert.deepEqual(await save(), { priority: 'high', assignedTo: { id: first } });
    await page.getByRole('button', { name: `Edit ${title}` }).click();
    await dialog.getByLabel('Search people by name').fill(`${name} the`);
    await dialog.getByLabel('Assigned to').locator('option', { hasText: `${name} the second` }).waitFor({ state: 'attached' });
    await dialog.getByLabel('Assigned to').selectOption(second);
    assert.equal((await save()).assignedTo.id, second);
  });

  as('owner@acme', '/members', 'a new key stays until one has taken it, and a day that is past stands at its field', async ({ page }) => {
    await page.getByRole('button', { name: 'Create a key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('What it is for').fill(`key ${randomUUID().slice(0, 8)}`);
    await dialog.getByLabel('Expires on').fill('2020-01-01');
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await dialog.locator('.field', { hasText: 'Expires on' }).locator('.field-error').waitFor();
    await dialog.getByLabel('Expires on').fill('');
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByLabel('The key').waitFor();
    await page.mouse.click(5, 5);
    await page.keyboard.press('Escape');
    assert.match(await page.getByLabel('The key').textContent(), /^\s*well_sk_/);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByLabel('The key').waitFor({ state: 'detached' });
  });
});
