import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { as, closed, createMapping, regenerateMapping, signedIn } from '../stage.js';

const tool = () => `tool_${randomUUID().slice(0, 8)}`;

describe('mappings', () => {
  as('admin@acme', '/', 'an expression is tried on a sample, and stopped when it takes too long', async (dashboard) => {
    const { page } = dashboard;
    await page.goto(`/mappings/${await createMapping(tool(), '$sum(items.price)')}`);
    await page.locator('.token.function', { hasText: '$sum' }).waitFor();
    await page.getByLabel('What the tool answered, as JSON').fill('{"items":[{"price":40},{"price":2}]}');
    await page.getByRole('button', { name: 'Evaluate' }).click();
    await page.locator('.result', { hasText: /^42$/ }).waitFor();
    await page.getByLabel('What the tool answered, as JSON').fill('{"items"');
    await page.getByRole('button', { name: 'Evaluate' }).click();
    await page.getByText('The sample must be JSON').waitFor();
    // It would come to an end, after a while.
    await page.goto(`/mappings/${await createMapping(tool(), '$sum([1..9000000].($ * 2))')}`);
    await page.getByRole('button', { name: 'Evaluate' }).click();
    await page.getByText('The evaluation was stopped after 2 seconds.').waitFor();
  });

  as('admin@acme', '/', 'a mapping that is regenerated while one looks at it is compared with the new one', async (dashboard) => {
    const { page } = dashboard;
    const id = await createMapping(tool(), 'mails.{\n  "subject": title\n}', ['mails', 'mails.title']);
    await dashboard.visit(`/mappings/${id}`);
    await page.getByLabel('The expression', { exact: true }).waitFor();
    await regenerateMapping(id, 'mails.{\n  "subject": subject\n}', ['mails', 'mails.subject']);
    const former = (what) => page.getByLabel(`The former ${what}`).locator('.removed');
    const current = (what) => page.getByLabel(`The new ${what}`).locator('.added');
    assert.match(await former('expression').textContent(), /title/);
    assert.match(await current('expression').textContent(), /subject": subject/);
    assert.match(await former('key paths').textContent(), /^mails\.title/);
    await page.getByRole('link', { name: 'Open the new one' }).click();
    await page.getByRole('region', { name: 'What regeneration changed' }).waitFor();
    assert.match(await current('key paths').textContent(), /^mails\.subject/);
  });

  as('owner@acme', '/', 'what regeneration changed is shown to who never saw the former one', async (dashboard) => {
    const { page } = dashboard;
    const id = await createMapping(tool(), 'mails.{\n  "subject": title\n}', ['mails', 'mails.title']);
    const regenerated = await regenerateMapping(id, 'mails.{\n  "subject": subject\n}', ['mails', 'mails.subject']);
    await dashboard.visit(`/mappings/${regenerated}`);
    await page.getByRole('region', { name: 'What regeneration changed' }).waitFor();
    assert.match(await page.getByLabel('The former expression').locator('.removed').textContent(), /title/);
    assert.match(await page.getByLabel('The new expression').locator('.added').textContent(), /subject": subject/);
  });

  as('member@acme', '/', 'a member is not shown what regeneration changed', async (dashboard) => {
    const { page } = dashboard;
    const id = await createMapping(tool(), 'mails');
    await dashboard.visit(`/mappings/${await regenerateMapping(id, 'mails.subject')}`);
    await page.getByText('are for admins and owners').waitFor();
    assert.equal(await page.getByText('What regeneration changed').count(), 0);
  });

  test('a sample has every key of the schema, whatever it is called', async () => {
    const id = await createMapping(`odd_${randomUUID().slice(0, 8)}`, 'items', ['constructor.name', '__proto__.id', 'items.toString']);
    const dashboard = await signedIn('admin@acme', `/mappings/${id}`);
    const sample = dashboard.page.getByLabel('What the tool answered, as JSON');
    await sample.waitFor();
    const { constructor, items, ...rest } = JSON.parse(await sample.inputValue());
    assert.deepEqual(constructor, { name: 'name 1' });
    assert.deepEqual(items, [{ toString: 'toString 1' }, { toString: 'toString 2' }]);
    assert.deepEqual(Object.keys(rest), ['__proto__']);
    await closed(dashboard);
  });
});
