// Lighthouse, over views of a server with demo data.
import lighthouse, { desktopConfig } from 'lighthouse';
import puppeteer from 'puppeteer-core';

import { QUIET } from '../../web/test/profile.js';
import { startServer } from '../../web/test/server.js';

export const VIEWS = [
  ['sign-in', '/', false],
  ['overview', '/', true],
  ['connectors', '/connectors', true],
  ['runs', '/runs', true],
  ['diagnostics', '/diagnostics', true],
];

/** The score that each category must have. */
export const WANTED = 0.95;

export class Audit {
  static async start() {
    const audit = new Audit();
    audit.server = await startServer();
    audit.browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: QUIET });
    audit.session = JSON.stringify({ id: 'audit', kind: 'token', label: 'admin@acme', token: await audit.server.token('admin@acme') });
    return audit;
  }

  /** The scores of a view by category, and the audits that keep one below what is wanted. */
  async measure(path, signedIn, categories, desktop = false) {
    const page = await this.browser.newPage();
    if (signedIn) await page.evaluateOnNewDocument((session) => sessionStorage.setItem('dashboard:session', session), this.session);
    const options = { onlyCategories: categories, disableStorageReset: true };
    const { lhr } = await lighthouse(this.server.url + path, options, desktop ? desktopConfig : undefined, page);
    await page.close();
    return Object.values(lhr.categories).map(({ id, score, auditRefs }) => ({
      category: id,
      score,
      failed: auditRefs
        .filter(({ weight, id: audit }) => weight > 0 && (lhr.audits[audit].score ?? 1) < WANTED)
        .map(({ id: audit }) => `${audit} ${lhr.audits[audit].score} ${lhr.audits[audit].displayValue ?? ''}`.trim()),
    }));
  }

  async stop() {
    await this.browser?.close();
    await this.server?.stop();
  }
}
