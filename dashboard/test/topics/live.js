import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe } from 'node:test';

import { sql } from '../kit.js';
import { as, ask, connectorNamed, failRun, server, startRun } from '../stage.js';

describe('what changes', () => {
  as('admin@acme', '/', 'a run that is started elsewhere appears by itself, and so does its failure', async (dashboard) => {
    const before = (await dashboard.numbers()).find(({ name }) => name === 'runs-today').value;
    const { id: connector } = await connectorNamed('Pennylane');
    const run = await startRun(connector);
    await dashboard.page.locator('[data-number="runs-today"]', { hasText: String(before + 1) }).waitFor();
    await dashboard.visit(`/runs?connector=${connector}`);
    const first = dashboard.page.locator('tbody tr[data-index="0"]');
    await first.getByText('In progress').waitFor();
    const error = `The test ended it ${randomUUID()}.`;
    await failRun(run, error);
    await first.getByText(error).waitFor();
  });

  // Everything that the page sends and receives over its sockets.
  const frames = { sent: [], received: [] };
  const listen = (context) =>
    context.on('page', (page) =>
      page.on('websocket', (socket) => {
        socket.on('framesent', ({ payload }) => frames.sent.push(JSON.parse(payload)));
        socket.on('framereceived', ({ payload }) => frames.received.push(String(payload)));
      }),
    );
  as(
    'admin@acme',
    '/connectors',
    'is shown again after the connection was lost, whatever changed meanwhile',
    async (dashboard) => {
      const { page } = dashboard;
      const { id } = await connectorNamed('Qonto');
      const rename = async () => {
        const label = `Compte ${randomUUID().slice(0, 8)}`;
        await sql(server, `UPDATE core_api.workspace_connectors SET account_label = '${label}' WHERE workspace_connector_id = '${id}'`);
        return label;
      };
      // What psql writes appears by itself: from the subscription, as soon as it has begun.
      for (let received = false; !received; ) {
        const label = await rename();
        await page.getByText(label).waitFor();
        received = frames.received.some((frame) => frame.includes(label));
      }
      await page.context().setOffline(true);
      await page.locator('[data-connection="lost"]').waitFor();
      const label = await rename();
      assert.equal(await page.getByText(label).count(), 0);
      frames.sent.length = 0;
      await page.context().setOffline(false);
      await page.locator('[data-connection="live"]').waitFor();
      await page.getByText(label).waitFor();
      const resumed = frames.sent.filter(({ type, payload }) => type === 'subscribe' && payload.variables?.after);
      assert.ok(resumed.length > 0, 'it goes on after the last cursor');
      // What the browser says of requests without a network.
      dashboard.complaints.splice(0, dashboard.complaints.length, ...dashboard.complaints.filter((one) => !/ERR_INTERNET_DISCONNECTED/.test(one)));
    },
    { context: listen },
  );

  as('member@acme', '/tasks', 'is fetched again where the API has no subscription', async ({ page }) => {
    const title = `Task ${randomUUID().slice(0, 8)}`;
    await ask('admin@acme', 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { userErrors { message } } }', { input: { title } });
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.getByText(title, { exact: true }).waitFor();
  });
});
