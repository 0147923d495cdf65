import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { openProfile, startBrowser } from './browser.js';
import { Playground } from './playground.js';
import { startServer } from './server.js';

const EXAMPLES = new URL('../src/examples/', import.meta.url);
const ROLES = {
  'owner@acme': ['OWNER', 'Acme'],
  'admin@acme': ['ADMIN', 'Acme'],
  'member@acme': ['MEMBER', 'Acme'],
  'guest@acme': ['GUEST', 'Acme'],
  'member@globex': ['MEMBER', 'Globex Corporation'],
  'member@initech': ['MEMBER', 'Initech'],
  'service@acme': ['SERVICE', 'Acme'],
};

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

/** Runs a test in a fresh browser profile, which may have nothing to complain about in the end. */
function inBrowser(server, name, body, { path, viewport } = {}) {
  test(name, async () => {
    const { context, complaints } = await openProfile(browser, server().url, viewport);
    await body(await Playground.open(context, path), complaints);
    await context.close();
    assert.deepEqual(complaints, []);
  });
}

/** The browser reports answers of some status as errors; one was expected. */
function takeStatus(complaints, status) {
  assert.deepEqual(complaints.splice(0).map((complaint) => / (\d{3}) /.exec(complaint)?.[1]), [String(status)]);
}

describe('in demo mode', () => {
  let server;
  before(async () => {
    server = await startServer();
  });
  after(() => server?.stop());
  const demo = (name, body, options) => inBrowser(() => server, name, body, options);

  demo('every role asks as itself', async (playground) => {
    assert.deepEqual(await playground.roles.locator('option').allTextContents(), Object.keys(ROLES));
    assert.equal(await playground.roles.inputValue(), 'member@acme');
    for (const [subject, expected] of Object.entries(ROLES)) {
      await playground.roles.selectOption(subject);
      const { viewer } = (await playground.run()).data;
      assert.deepEqual([viewer.role, viewer.workspace.name], expected);
    }
    await playground.page.locator('.graphiql-response .view-lines').getByText('"SERVICE"').waitFor();
  });

  demo('the chosen role is remembered, by name only', async (playground) => {
    await playground.roles.selectOption('guest@acme');
    await playground.reload();
    assert.equal(await playground.roles.inputValue(), 'guest@acme');
    assert.equal((await playground.run()).data.viewer.role, 'GUEST');
    const stored = await playground.page.evaluate(() => JSON.stringify(localStorage));
    assert.match(stored, /guest@acme/);
    assert.doesNotMatch(stored, /eyJ/);
  });

  demo('every example has a tab and can be run', async (playground) => {
    const examples = readdirSync(EXAMPLES).sort().map((name) => readFileSync(new URL(name, EXAMPLES), 'utf8'));
    const operations = examples.map((text) => /^(query|mutation|subscription) (\w+)/m.exec(text).slice(1));
    assert.deepEqual(await playground.tabs.allTextContents(), operations.map(([, name]) => name));
    await playground.roles.selectOption('admin@acme');
    for (const [, name] of operations.filter(([kind]) => kind !== 'subscription')) {
      await playground.openTab(name);
      const answer = await playground.run();
      assert.deepEqual([name, answer.errors], [name, undefined]);
      assert.ok(Object.values(answer.data).every((value) => value !== null), name);
    }
  });

  demo('a typed header wins over the chosen role, however it is spelt', async (playground) => {
    await playground.setHeaders({ Authorization: `Bearer ${await server.token('admin@acme')}` });
    assert.equal((await playground.run()).data.viewer.role, 'ADMIN');
  });

  demo('headers choose the workspace', async (playground, complaints) => {
    const token = await server.token('member@globex');
    const { workspace } = (await server.ask(token, '{ viewer { workspace { id } } }')).viewer;
    await playground.setHeaders({ 'X-Workspace-Id': workspace.id });
    assert.equal((await playground.run()).errors[0].extensions.code, 'FORBIDDEN');
    takeStatus(complaints, 403);
    await playground.roles.selectOption('member@globex');
    assert.equal((await playground.run()).data.viewer.workspace.name, 'Globex Corporation');
  });

  demo('a subscription tells of changes until it is stopped', async (playground) => {
    const token = await server.token('member@acme');
    const socket = playground.page.waitForEvent('websocket');
    const made = [];
    await playground.openTab('CollectChanges');
    const told = await playground.follow(async () => {
      const { createCollect } = await server.ask(token, 'mutation { createCollect(input: {}) { collect { id } } }');
      made.push(createCollect.collect.id);
    });
    assert.equal(told?.data?.collectChanged?.kind, 'CREATED', JSON.stringify(told));
    assert.ok(made.includes(told.data.collectChanged.id));
    assert.equal(told.data.collectChanged.node.status, 'TODO');
    const opened = await socket;
    assert.equal(opened.url(), `${server.url.replace('http', 'ws')}/graphql/ws`);
    if (!opened.isClosed()) await opened.waitForEvent('close');
  });

  const link = `/graphiql?#${new URLSearchParams({ query: 'query Linked { viewer { role } }', variables: '{}' })}`;
  const opensWithItsOperation = async (playground) => {
    assert.equal(await playground.activeTab.textContent(), 'Linked');
    assert.equal(await playground.tabs.count(), 1 + readdirSync(EXAMPLES).length);
    assert.doesNotMatch(playground.page.url(), /Linked/);
    assert.equal((await playground.run()).data.viewer.role, 'MEMBER');
  };

  demo('the first visit by a link opens with its operation', opensWithItsOperation, { path: link });

  demo('a later visit by a link opens a tab beside those that were kept', async (playground) => {
    await playground.keptTabs();
    await playground.page.goto(link);
    await playground.ready();
    await opensWithItsOperation(playground);
  });

  demo('who is signed in to the dashboard asks as themselves', async (playground) => {
    const session = JSON.stringify({ id: '1', kind: 'token', label: 'me', token: await server.token('owner@acme') });
    await playground.page.evaluate((value) => sessionStorage.setItem('dashboard:session', value), session);
    await playground.reload();
    assert.equal(await playground.roles.inputValue(), 'me');
    assert.equal((await playground.run()).data.viewer.role, 'OWNER');
    assert.doesNotMatch(await playground.page.evaluate(() => JSON.stringify(localStorage)), /eyJ/);
  });

  demo('the documentation explorer shows the schema', async (playground) => {
    await playground.page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await playground.panel.getByRole('link', { name: 'Query', exact: true }).click();
    await playground.panel.getByText('The caller: the credential of this request, in the workspace it acts in.').waitFor();
    await playground.panel.getByRole('link', { name: 'Viewer', exact: true }).click();
    await playground.panel.getByRole('link', { name: 'role', exact: true }).waitFor();
  });

  demo('the editor knows the schema', async (playground) => {
    await playground.write('{ viewer { nonsense } }');
    assert.match((await playground.problems()).join(), /Cannot query field "nonsense" on type "Viewer"/);
  });

  demo('the history remembers operations but no credentials', async (playground) => {
    const token = await server.token('member@acme');
    await playground.setHeaders({ authorization: `Bearer ${token}` });
    await playground.write('query Remembered { viewer { role } }');
    await playground.run();
    await playground.reload();
    await playground.page.getByRole('button', { name: 'Show History' }).click();
    await playground.openTab('Connections');
    await playground.openHistory('Remembered');
    assert.deepEqual((await playground.run()).data, { viewer: { role: 'MEMBER' } });
    assert.ok(!(await playground.page.evaluate(() => JSON.stringify(localStorage))).includes(token));
  });

  const narrow = { width: 420, height: 800 };
  demo('it fits a narrow screen', async (playground) => {
    await playground.run();
    const [operation, answer] = await Promise.all(
      ['.graphiql-editors', '.graphiql-response'].map((part) => playground.page.locator(part).boundingBox()),
    );
    assert.ok(operation.y + operation.height <= answer.y, 'the answer stands below the operation');
    assert.ok(answer.x + answer.width <= narrow.width && answer.width > 300, 'nothing is cut off');
  }, { viewport: narrow });

  demo('the policy lets nothing else run or be asked', async ({ page }, complaints) => {
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.injected = true';
      document.head.append(script);
    });
    assert.equal(await page.evaluate(() => globalThis.injected), undefined);
    const asked = await page.evaluate(() => fetch('http://127.0.0.1:1/').catch((error) => error.name));
    assert.equal(asked, 'TypeError');
    const refused = complaints.splice(0).filter((complaint) => complaint.includes('Content Security Policy'));
    assert.equal(refused.length >= 2, true, refused.join('\n'));
  });

  test('a request to another host is refused and recorded', async () => {
    const { context, complaints } = await openProfile(browser, server.url);
    const page = await context.newPage();
    await assert.rejects(page.goto('http://127.0.0.1:1/'));
    await context.close();
    assert.deepEqual(complaints, ['request to http://127.0.0.1:1/']);
  });

  test('assets are compressed and kept for good, the page is not', async () => {
    for (const path of ['/graphiql', '/graphiql/']) {
      const page = await fetch(server.url + path);
      assert.equal(page.headers.get('cache-control'), 'no-store');
      assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
      assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
      assert.match(page.headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/);
      const [, script] = /src="(\/graphiql\/assets\/[^"]+\.js)"/.exec(await page.text());
      const asset = await fetch(server.url + script);
      assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable');
      assert.equal(asset.headers.get('content-encoding'), 'gzip');
      assert.match(asset.headers.get('content-type'), /^text\/javascript/);
    }
    assert.equal((await fetch(`${server.url}/graphiql/assets/nothing.js`)).status, 404);
  });
});

describe('outside of demo mode', () => {
  let server;
  before(async () => {
    server = await startServer('--no-demo');
  });
  after(() => server?.stop());

  inBrowser(() => server, 'there are no roles to choose, and the headers say who asks', async (playground, complaints) => {
    const page = await (await fetch(`${server.url}/graphiql`)).text();
    assert.doesNotMatch(page, /"roles"|token|eyJ/);
    assert.equal(await playground.roles.count(), 0);
    assert.equal((await playground.run()).errors[0].extensions.code, 'UNAUTHENTICATED');
    takeStatus(complaints, 401);
    await playground.setHeaders({ authorization: `Bearer ${await server.token('owner@main')}` });
    assert.equal((await playground.run()).data.viewer.role, 'OWNER');
  });

  inBrowser(() => server, 'a subscription without a credential is refused at once', async (playground) => {
    let sockets = 0;
    playground.page.on('websocket', () => (sockets += 1));
    await playground.openTab('CollectChanges');
    const [refusal] = (await playground.run()).errors;
    assert.match(refusal.message, /Forbidden: .* \(4403\)/);
    assert.equal(refusal.stack, undefined);
    assert.equal(sockets, 1);
  });
});
