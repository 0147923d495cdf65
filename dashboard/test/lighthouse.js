// Measures views with Lighthouse: `npm run audit`. It fails below the score that is wanted. Performance depends on what
// else the machine does, so this is a benchmark and no test.
import { Audit, VIEWS, WANTED } from './audit.js';

const audit = await Audit.start();
const low = [];
for (const [view, path, signedIn] of VIEWS) {
  for (const desktop of [false, true]) {
    for (const { category, score, failed } of await audit.measure(path, signedIn, ['performance', 'accessibility', 'best-practices'], desktop)) {
      console.log(view, desktop ? 'desktop' : 'mobile', category, score);
      if (score >= WANTED) continue;
      low.push(`${view}: ${category} ${score}`);
      for (const one of failed) console.log(' ', one);
    }
  }
}
await audit.stop();
if (low.length > 0) throw new Error(`below ${WANTED}: ${low.join('; ')}`);
