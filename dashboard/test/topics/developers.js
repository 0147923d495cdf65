import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { as } from '../stage.js';

describe('for developers', () => {
  as('admin@acme', '/runs?status=ERROR', 'a view shows the query that it made, and opens it in GraphiQL', async (dashboard) => {
    const { page } = dashboard;
    await page.getByRole('button', { name: 'GraphQL' }).click();
    const text = await page.getByLabel('Text of RunsQuery').textContent();
    assert.match(text, /query RunsQuery\(/);
    assert.match(await page.getByLabel('Variables of RunsQuery').textContent(), /"eq": "ERROR"/);
    const [graphiql] = await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name: 'Open in GraphiQL' }).first().click()]);
    await graphiql.locator('.graphiql-query-editor').getByText('RunsQuery').first().waitFor();
    await graphiql.getByRole('button', { name: /Execute query/ }).click();
    await graphiql.locator('.graphiql-response').getByText('totalCount').first().waitFor();
    assert.doesNotMatch(graphiql.url(), /#/);
    await graphiql.close();
  });
});
