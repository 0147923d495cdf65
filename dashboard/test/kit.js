import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

import { openProfile, QUIET } from '../../web/test/profile.js';

export { startServer } from '../../web/test/server.js';

/** The machine's Chromium. */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: QUIET });
}

/** Runs SQL over the server's private database, as another program would. */
export async function sql(server, statement) {
  const url = readFileSync(join(server.data, 'database-url'), 'utf8').trim();
  await promisify(execFile)('psql', ['-v', 'ON_ERROR_STOP=1', '-c', statement, url]);
}

/** How long a test waits for something that must come: longer than a busy machine takes. */
const TIMEOUT_MS = 60_000;

/** The dashboard in a page of the browser, by what a person does there. */
export class Dashboard {
  constructor(page, complaints) {
    this.page = page;
    this.complaints = complaints;
  }

  /** Opens an address in a browser profile without a past. */
  static async open(browser, server, path = '/', options = {}) {
    const { context, complaints } = await openProfile(browser, server.url, options.viewport);
    context.setDefaultTimeout(TIMEOUT_MS);
    if (options.context) await options.context(context);
    const page = await context.newPage();
    if (options.colorScheme) await page.emulateMedia({ colorScheme: options.colorScheme, reducedMotion: 'reduce' });
    await page.goto(path);
    return new Dashboard(page, complaints);
  }

  /** The same, signed in as somebody. */
  static async as(browser, server, subject, path = '/', options = {}) {
    const session = JSON.stringify({ id: subject, kind: 'token', label: subject, token: await server.token(subject) });
    // Of pages only, since a blank one has no storage.
    const keep = (kept) => location.protocol === 'http:' && sessionStorage.setItem('dashboard:session', kept);
    const context = async (context) => {
      await context.addInitScript(keep, session);
      await options.context?.(context);
    };
    const dashboard = await Dashboard.open(browser, server, path, { ...options, context });
    await dashboard.ready();
    return dashboard;
  }

  async signIn(token) {
    await this.page.getByLabel('Paste a token or an API key').fill(token);
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  /** Waits until changes appear by themselves and all of the view is there. */
  async ready() {
    await this.page.locator('[data-connection="live"]').waitFor();
    await this.settled();
  }

  async settled() {
    await this.heading();
    await this.page.waitForFunction(() => !document.querySelector('.main .skeleton:not([aria-label="Loading more rows"]), .list.waiting'));
  }

  /** Opens another address, as from a bookmark. */
  async visit(path) {
    await this.page.goto(path);
    await this.ready();
  }

  async heading() {
    const heading = this.page.getByRole('heading', { level: 1 });
    await heading.waitFor();
    return heading.textContent();
  }

  /** The address, without the workspace that it names in the end. */
  async address() {
    await this.page.waitForURL(({ searchParams }) => searchParams.has('workspace'));
    const { pathname, searchParams } = new URL(this.page.url());
    searchParams.delete('workspace');
    return searchParams.size > 0 ? `${pathname}?${searchParams}` : pathname;
  }

  /** How many rows the list says that there are. */
  async total() {
    await this.settled();
    await this.page.locator('.list:not(.waiting) .total, p.total').first().waitFor();
    return Number(await this.page.locator('[data-total]').first().getAttribute('data-total'));
  }

  /** Waits for a list to have so many rows. */
  async untilTotal(total) {
    await this.page.locator(`[data-total="${total}"]`).waitFor();
  }

  /** What a number of the overview says, and where it leads. */
  async numbers() {
    return this.page.locator('[data-number], [data-reason]').evaluateAll((links) =>
      links.map((link) => ({
        name: link.dataset.number ?? `reason-${link.dataset.reason}`,
        value: Number(/[\d\s.,]+/.exec((link.querySelector('.number') ?? link).textContent)[0].replace(/\D/g, '')),
        href: link.getAttribute('href'),
      })),
    );
  }

  async close() {
    await this.page.context().close();
  }
}

/** Removes what the browser reported of answers with an expected status; anything else is an error. */
export function takeStatus(complaints, status) {
  const statuses = complaints.splice(0).map((complaint) => / (\d{3}) /.exec(complaint)?.[1] ?? complaint);
  if (statuses.some((one) => one !== String(status)) || statuses.length === 0) throw new Error(`other complaints: ${statuses.join('\n')}`);
}
