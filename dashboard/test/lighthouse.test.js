import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Audit, VIEWS, WANTED } from './audit.js';

let audit;
before(async () => {
  audit = await Audit.start();
});
after(() => audit?.stop());

// Axe looks at every view, so a few are enough here.
for (const [view, path, signedIn] of VIEWS.filter(([view]) => ['sign-in', 'overview', 'runs'].includes(view))) {
  test(`Lighthouse finds the ${view} accessible, and built by best practices`, async () => {
    for (const { category, score, failed } of await audit.measure(path, signedIn, ['accessibility', 'best-practices'])) {
      assert.ok(score >= WANTED, `${category} ${score}: ${failed.join(', ')}`);
    }
  });
}
