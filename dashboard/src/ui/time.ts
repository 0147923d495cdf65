/** Moments by the person's clock. */
const DAY_MS = 86_400_000;

/** Midnight, so many days ago. */
export function startOfDay(daysAgo = 0, now = new Date()): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo);
}

/** The full minute, so that a view that is drawn again asks the same. */
export function thisMinute(now = Date.now()): Date {
  return new Date(Math.floor(now / 60_000) * 60_000);
}

export function daysBefore(moment: Date, days: number): Date {
  return new Date(moment.getTime() - days * DAY_MS);
}
