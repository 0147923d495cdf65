// What the tests of all topics share: one browser and one server with demo data.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { Dashboard, startBrowser, startServer } from './kit.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export let browser;
export let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer('--jwt-leeway-seconds', '0')]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Runs a test signed in as somebody, which may have nothing to complain about in the end. */
export function as(subject, path, name, body, options) {
  test(name, async () => {
    const dashboard = await signedIn(subject, path, options);
    await body(dashboard);
    await closed(dashboard);
  });
}

export const signedIn = (subject, path, options) => Dashboard.as(browser, server, subject, path, options);
export const opened = (path, options) => Dashboard.open(browser, server, path, options);

export async function closed(dashboard) {
  await dashboard.close();
  assert.deepEqual(dashboard.complaints, []);
}

export const ask = async (subject, query, variables, workspace) => server.ask(await server.token(subject), query, variables, workspace);

/** Asks as the pipeline, whose key the page of GraphiQL has. */
export async function askAsPipeline(query, variables) {
  const page = await (await fetch(`${server.url}/graphiql`)).text();
  const key = /"token":"(well_sk_[^"]+)"/.exec(page.replaceAll('&quot;', '"'))[1];
  return server.ask(key, query, variables);
}

export async function connectorNamed(name) {
  const { workspaceConnectors } = await ask('admin@acme', '{ workspaceConnectors(first: 100) { nodes { id accountLabel connector { name } } } }');
  return workspaceConnectors.nodes.find(({ connector }) => connector?.name === name);
}

/** Starts a sync run as the pipeline does. */
export async function startRun(connectorId) {
  const { createWorkspaceConnectorSyncLog: made } = await askAsPipeline(
    'mutation ($input: CreateWorkspaceConnectorSyncLogInput!) { createWorkspaceConnectorSyncLog(input: $input) { workspaceConnectorSyncLog { id } userErrors { message } } }',
    { input: { workspaceConnectorId: connectorId, status: 'IN_PROGRESS', triggerType: 'MANUAL' } },
  );
  assert.deepEqual(made.userErrors, []);
  return made.workspaceConnectorSyncLog.id;
}

export const failRun = (id, error) =>
  askAsPipeline(
    'mutation ($input: MarkWorkspaceConnectorSyncLogErrorInput!) { markWorkspaceConnectorSyncLogError(input: $input) { userErrors { message } } }',
    { input: { id, error } },
  );

/** Creates a mapping of Stripe, of a tool that no other test has. */
export async function createMapping(toolName, expression, schemaKeyPaths = []) {
  const { id } = await connectorNamed('Stripe');
  const input = { workspaceConnectorId: id, targetModel: 'EMAIL', toolName, expression, schemaKeyPaths };
  const { createConnectorMapping: made } = await askAsPipeline(
    'mutation ($input: CreateConnectorMappingInput!) { createConnectorMapping(input: $input) { connectorMapping { id } userErrors { message } } }',
    { input },
  );
  assert.deepEqual(made.userErrors, []);
  return made.connectorMapping.id;
}

export async function regenerateMapping(id, expression, schemaKeyPaths = []) {
  const { regenerateConnectorMapping: made } = await askAsPipeline(
    'mutation ($input: RegenerateConnectorMappingInput!) { regenerateConnectorMapping(input: $input) { connectorMapping { id } userErrors { message } } }',
    { input: { id, expression, schemaKeyPaths } },
  );
  assert.deepEqual(made.userErrors, []);
  return made.connectorMapping.id;
}

/** The address of every view, with one of each that has an id. */
export async function everyView() {
  const { workspaceConnectorSyncLogs: runs, connectorMappings: mappings } = await ask(
    'admin@acme',
    '{ workspaceConnectorSyncLogs(first: 1, filter: { status: { eq: ERROR } }) { nodes { id } } connectorMappings(first: 1) { nodes { id } } }',
  );
  const { id } = await connectorNamed('HubSpot');
  const lists = ['/', '/connectors', '/runs', '/diagnostics', '/documents', '/provenance', '/mappings', '/collects', '/tasks', '/members'];
  return [...lists, `/connectors/${id}`, `/runs/${runs.nodes[0].id}`, `/mappings/${mappings.nodes[0].id}`];
}

/** Answers the next mutation by what `answer` does with its route; everything else goes on to the server. */
export async function onNextMutation(page, answer) {
  let waiting = true;
  await page.route('**/graphql', async (route) => {
    const mutation = route.request().postDataJSON()?.variables?.input !== undefined;
    if (!waiting || !mutation) return route.fallback();
    waiting = false;
    await answer(route);
  });
}

/** The rules of accessibility that a page breaks, each with where. */
export async function violations(page) {
  // Evaluated by the browser's tools, which the page's policy does not bind.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}
