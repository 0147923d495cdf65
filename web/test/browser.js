import { chromium } from 'playwright-core';

import { QUIET } from './profile.js';

export { openProfile } from './profile.js';

/** The machine's Chromium. */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: QUIET });
}
