import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { as, ask, connectorNamed, server } from '../stage.js';

describe('the overview', () => {
  as('admin@acme', '/', 'says at the top which connector is broken, why, since when, and what to do', async ({ page }) => {
    const { id } = await connectorNamed('Xero');
    const problem = page.locator(`[data-connector="${id}"]`);
    await problem.getByText('Reconnect', { exact: true }).waitFor();
    await problem.getByText('The refresh token has expired (401 Unauthorized). Please reconnect.').waitFor();
    await problem.getByText(/^No success for \d+ days$/).waitFor();
    await problem.getByText('Authorise it again in Well.').waitFor();
    const { top } = await problem.evaluate((element) => element.getBoundingClientRect());
    assert.ok(top < 500, `it is seen without scrolling, at ${top}`);
    const problems = page.locator('.problem');
    assert.match(await problems.filter({ hasText: 'Gmail' }).textContent(), /Hung.*Running for \d+ hours/);
    assert.match(await problems.filter({ hasText: 'Outlook' }).textContent(), /Silent/);
    assert.match(await problems.filter({ hasText: 'Acme ERP' }).textContent(), /Never dispatched.*Waiting for \d+ hours/);
    assert.match(await problems.filter({ hasText: 'mappings' }).textContent(), /Regenerate/);
    assert.equal(await problems.filter({ hasText: 'Pennylane' }).count(), 0, 'it is well');
    await problem.getByRole('link', { name: 'Newest run' }).click();
    await page.getByRole('heading', { name: 'Run: error' }).waitFor();
    await page.getByText('The refresh token has expired').first().waitFor();
  });

  as('admin@acme', '/', 'every number equals what the API says, and leads to as many rows', async (dashboard) => {
    const { page } = dashboard;
    await page.locator('[data-reason]').first().waitFor();
    const numbers = await dashboard.numbers();
    assert.ok(numbers.length > 20, `${numbers.length} numbers`);
    for (const { name, value, href } of numbers) {
      const { pathname, searchParams } = new URL(href, server.url);
      assert.equal(value, await countOf(pathname, searchParams), name);
    }
    const reasons = numbers.filter(({ name }) => name.startsWith('reason-'));
    for (const { name, value, href } of numbers.filter((number) => !reasons.slice(2).includes(number))) {
      // Not by a click, since the overview has another address for it when the minute has turned.
      await page.goto(href);
      assert.equal(await dashboard.total(), value, `${name} leads to ${href}`);
    }
  });

  as('admin@acme', '/', 'each day of a chart leads to as many rows', async (dashboard) => {
    const { page } = dashboard;
    const day = page.getByRole('group', { name: 'Runs by day' }).getByRole('link').nth(3);
    const [, runs] = /: ([\d,]+) runs?/.exec(await day.getAttribute('aria-label'));
    await day.click();
    assert.equal(await dashboard.total(), Number(runs));
    await dashboard.visit('/diagnostics');
    const reason = page.locator('[data-reason]').first();
    const count = Number(await reason.locator('.number').textContent());
    await reason.click();
    await dashboard.untilTotal(count);
  });
});

/** How many rows the API has behind an address of the dashboard. */
async function countOf(pathname, search) {
  const range = search.has('from') || search.has('to') ? { ...(search.has('from') && { gte: search.get('from') }), ...(search.has('to') && { lt: search.get('to') }) } : undefined;
  const eq = (name) => (search.has(name) ? { eq: search.get(name) } : undefined);
  const given = (filter) => JSON.parse(JSON.stringify(filter));
  const [field, type, filter] = {
    '/connectors': ['workspaceConnectors', 'WorkspaceConnectorFilter', { connectionState: eq('state') }],
    '/runs': ['workspaceConnectorSyncLogs', 'WorkspaceConnectorSyncLogFilter', { status: eq('status'), createdAt: range }],
    '/provenance': ['documentWorkspaceConnectors', 'DocumentWorkspaceConnectorFilter', { direction: eq('direction'), createdAt: range }],
    '/diagnostics': ['connectorSyncDiagnostics', 'ConnectorSyncDiagnosticFilter', { severity: eq('severity'), reason: eq('reason'), occurredAt: range }],
    '/mappings': ['connectorMappings', 'ConnectorMappingFilter', { needsRegeneration: search.has('regenerate') ? { eq: true } : undefined }],
  }[pathname];
  const data = await ask('admin@acme', `query ($filter: ${type}) { ${field}(first: 1, filter: $filter) { totalCount } }`, { filter: given(filter) });
  return data[field].totalCount;
}
