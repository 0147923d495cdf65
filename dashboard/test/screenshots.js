// Takes the pictures of docs/DASHBOARD.md and of the README, each view in light, dark and on a phone:
// `npm run screenshots`, or `npm run screenshots -- <folder>`.
import { mkdirSync } from 'node:fs';

import { Dashboard, startBrowser, startServer } from './kit.js';

const [folder = new URL('../../docs/dashboard/', import.meta.url).pathname] = process.argv.slice(2);
const DESK = { width: 1200, height: 900 };
const LOOKS = {
  light: { colorScheme: 'light', viewport: DESK },
  dark: { colorScheme: 'dark', viewport: DESK },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
};

mkdirSync(folder, { recursive: true });
const [browser, server] = await Promise.all([startBrowser(), startServer()]);
const query = `{
  workspaceConnectors(first: 100) { nodes { id connector { name } } }
  workspaceConnectorSyncLogs(first: 1, filter: { status: { eq: ERROR } }) { nodes { id } }
  connectorMappings(first: 1, filter: { needsRegeneration: { eq: true } }) { nodes { id } }
}`;
const rows = await server.ask(await server.token('admin@acme'), query);
const hubspot = rows.workspaceConnectors.nodes.find(({ connector }) => connector?.name === 'HubSpot');
const VIEWS = {
  overview: '/',
  connectors: '/connectors',
  connector: `/connectors/${hubspot.id}`,
  runs: '/runs',
  run: `/runs/${rows.workspaceConnectorSyncLogs.nodes[0].id}`,
  diagnostics: '/diagnostics',
  documents: '/documents',
  provenance: '/provenance',
  mappings: '/mappings',
  mapping: `/mappings/${rows.connectorMappings.nodes[0].id}`,
  collects: '/collects',
  tasks: '/tasks',
  members: '/members',
};

for (const [look, options] of Object.entries(LOOKS)) {
  const shoot = (dashboard, name) => dashboard.page.screenshot({ path: `${folder}/${name}-${look}.jpg`, type: 'jpeg', quality: 70 });
  const stranger = await Dashboard.open(browser, server, '/', options);
  await stranger.page.getByRole('button', { name: 'admin@acme' }).waitFor();
  await shoot(stranger, 'sign-in');
  await stranger.close();
  const dashboard = await Dashboard.as(browser, server, 'admin@acme', '/', options);
  for (const [name, path] of Object.entries(VIEWS)) {
    await dashboard.visit(path);
    await dashboard.page.waitForLoadState('networkidle');
    // Buttons come with a part of the script of their own.
    await dashboard.page.waitForFunction(() => !document.querySelector('td[data-label="Actions"]:empty'));
    await shoot(dashboard, name);
  }
  await dashboard.close();
}
await browser.close();
await server.stop();
