import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe } from 'node:test';

import { sql } from '../kit.js';
import { as, ask, server } from '../stage.js';

/** Changes a membership of demo data, as an admin of the workspace does elsewhere. */
const change = (subject, workspace, set) =>
  sql(
    server,
    `UPDATE core_api.memberships SET ${set} FROM core_api.workspaces AS w
     WHERE w.pk = workspace_pk AND subject = '${subject}' AND w.workspace_id = '${workspace}'`,
  );

async function workspacesOf(subject) {
  const { viewer } = await ask(subject, '{ viewer { workspaces { id name isDefault } } }');
  return viewer.workspaces;
}

/** Forgets what the browser reports of answers with the status 403. */
function takeForbidden({ complaints }) {
  complaints.splice(0, complaints.length, ...complaints.filter((one) => !/ 403 |ApiError/.test(one)));
}

describe('a membership', () => {
  as('consultant@wellapp', '/', 'that ends takes everything of the workspace from the page, and says where else to go', async (dashboard) => {
    const { page } = dashboard;
    const all = await workspacesOf('consultant@wellapp');
    const { id, name } = all.find(({ isDefault }) => !isDefault);
    const other = all.find(({ isDefault }) => isDefault);
    await dashboard.visit(`/runs?workspace=${id}`);
    await page.locator('tbody tr[data-index="0"]').waitFor();
    await change('consultant@wellapp', id, 'deleted_at = now()');
    await page.getByRole('heading', { name: 'You are not a member of this workspace' }).waitFor();
    assert.equal(await page.locator('tbody, nav, .masthead').count(), 0);
    assert.ok(!(await page.locator('body').textContent()).includes(name), 'not even its name');
    await page.getByRole('link', { name: other.name }).click();
    await dashboard.ready();
    assert.equal(await dashboard.heading(), 'Overview');
    assert.equal(new URL(page.url()).searchParams.get('workspace'), other.id);
    await change('consultant@wellapp', id, 'deleted_at = NULL');
    takeForbidden(dashboard);
  });

  as('member@acme', '/', 'that one does not have is said to be missing, with those that one has', async (dashboard) => {
    const { page } = dashboard;
    const [own] = await workspacesOf('member@acme');
    for (const elsewhere of [randomUUID(), 'nonsense']) {
      await page.goto(`/runs?workspace=${elsewhere}`);
      await page.getByRole('heading', { name: 'You are not a member of this workspace' }).waitFor();
      await page.getByRole('link', { name: own.name }).click();
      await dashboard.ready();
      assert.equal(await dashboard.heading(), 'Overview');
      takeForbidden(dashboard);
    }
    await page.goto(`/?workspace=${randomUUID()}`);
    await page.getByRole('button', { name: 'Sign in as somebody else' }).click();
    await page.getByLabel('Paste a token or an API key').waitFor();
    takeForbidden(dashboard);
  });

  as('consultant@wellapp', '/', 'whose role changes shows and offers what the new role allows', async (dashboard) => {
    const { page } = dashboard;
    const { id } = (await workspacesOf('consultant@wellapp')).find(({ isDefault }) => !isDefault);
    await change('consultant@wellapp', id, "role = 'member'");
    await dashboard.visit(`/collects?workspace=${id}`);
    const start = page.getByRole('button', { name: 'Start a collect' });
    const diagnostics = page.getByRole('link', { name: 'Diagnostics', exact: true });
    await start.waitFor();
    await diagnostics.waitFor();
    await change('consultant@wellapp', id, "role = 'guest'");
    await start.waitFor({ state: 'detached' });
    await diagnostics.waitFor({ state: 'detached' });
    await page.locator('.who').getByText('guest', { exact: true }).waitFor();
    await change('consultant@wellapp', id, "role = 'member'");
    await start.waitFor();
    await diagnostics.waitFor();
  });

  as('consultant@wellapp', '/', 'is named by every address, so that a link shows the same to whoever has another default', async (dashboard) => {
    const { page } = dashboard;
    const { id } = (await workspacesOf('consultant@wellapp')).find(({ isDefault }) => isDefault);
    await page.waitForURL(({ searchParams }) => searchParams.get('workspace') === id);
    const sent = page.waitForRequest((request) => request.postDataJSON()?.variables?.orderBy !== undefined);
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    assert.equal((await sent).headers()['x-workspace-id'], id, 'it stays the same when the default changes');
    await page.locator('tbody tr[data-index="0"] a').first().waitFor();
    for (const href of await page.locator('.layout a[href^="/"]:not([href="/graphiql"])').evaluateAll((links) => links.map((link) => link.href))) {
      assert.equal(new URL(href).searchParams.get('workspace'), id, href);
    }
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Paste a token or an API key').waitFor();
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, '/', 'nothing of it is left for who comes next');
  });

  as('consultant@wellapp', '/', 'is left with all that was read of the workspace', async (dashboard) => {
    const { page } = dashboard;
    const [first, other] = await workspacesOf('consultant@wellapp');
    const devtools = await page.context().newCDPSession(page);
    const { result: prototype } = await devtools.send('Runtime.evaluate', { expression: 'Object.prototype' });
    /** How many rows the page holds anywhere that have the id of one of these. */
    const held = async (ids) => {
      const { objects } = await devtools.send('Runtime.queryObjects', { prototypeObjectId: prototype.objectId });
      const count = 'function (ids) { return this.filter((row) => ids.includes(Object.getOwnPropertyDescriptor(row, "__id")?.value)).length; }';
      const { result } = await devtools.send('Runtime.callFunctionOn', { objectId: objects.objectId, functionDeclaration: count, arguments: [{ value: ids }] });
      await devtools.send('Runtime.releaseObject', { objectId: objects.objectId });
      return result.value;
    };
    const connectorsOf = async ({ id }) => {
      const { workspaceConnectors } = await ask('consultant@wellapp', '{ workspaceConnectors(first: 100) { nodes { id } } }', {}, id);
      return workspaceConnectors.nodes.map((row) => row.id);
    };
    const [ofFirst, ofOther] = [await connectorsOf(first), await connectorsOf(other)];
    await page.locator('[data-number="state-ERROR"]').waitFor();
    assert.ok((await held(ofFirst)) > 0);
    await page.getByLabel('Workspace').selectOption({ label: other.name });
    await page.locator('.workspace select').getByText(other.name).waitFor({ state: 'attached' });
    await dashboard.ready();
    assert.equal(await held(ofFirst), 0, 'after a switch');
    assert.ok((await held(ofOther)) > 0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Paste a token or an API key').waitFor();
    assert.equal(await held([...ofFirst, ...ofOther]), 0, 'after the sign-out');
  });
});
