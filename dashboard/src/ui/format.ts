/** Numbers and times as the person reads them: in the browser's language and zone. */
const number = new Intl.NumberFormat();
const decimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const thisYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const dayOnly = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

export const timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The zone as people call it now, such as `CET`. */
export const zoneName =
  new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' }).formatToParts().find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;

export const formatNumber = (value: number) => number.format(value);

/** A moment; with the year, where it is another one than now. */
export function formatTime(time: string | Date): string {
  const moment = new Date(time);
  return (moment.getFullYear() === new Date().getFullYear() ? thisYear : dateTime).format(moment);
}

export const formatExactTime = (time: string | Date) => exact.format(new Date(time));
export const formatShortDay = (time: string | Date) => shortDay.format(new Date(time));
export const formatDay = (time: string | Date) => dayOnly.format(new Date(time));

/** A date without a time, which is the same day in every zone. */
export const formatDate = (date: string) =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** The largest unit that fits into a time, and how often. */
function largestUnit(seconds: number): [Intl.RelativeTimeFormatUnit, number] {
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  return [unit, Math.trunc(seconds / length)];
}

/** How long ago, such as "3 hours ago". */
export function formatAgo(time: string, now = Date.now()): string {
  const [unit, number] = largestUnit((new Date(time).getTime() - now) / 1_000);
  return relative.format(number, unit);
}

/** How long since then, such as "3 hours". */
export function formatSpan(since: string, now = Date.now()): string {
  const [unit, number] = largestUnit(Math.max(0, (now - new Date(since).getTime()) / 1_000));
  return new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: 'long' }).format(number);
}

/** Such as "2 min 5 s", without what is zero. */
const pair = (value: number, large: string, small: string) =>
  `${Math.floor(value / 60)} ${large}${value % 60 === 0 ? '' : ` ${value % 60} ${small}`}`;

export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${number.format(ms)} ms`;
  if (ms < 60_000) return `${decimal.format(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return pair(seconds, 'min', 's');
  return pair(Math.round(seconds / 60), 'h', 'min');
}

export function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const format = new Intl.NumberFormat(undefined, { style: 'unit', unit: units[power]!, unitDisplay: 'short', maximumFractionDigits: 1 });
  return format.format(bytes / 1_000 ** power);
}

/** What is shown for a value of an enum that the server does not know, because a newer program stored it. */
export const UNKNOWN = 'Unknown';

/** What a table has under a text of the server or of the address, which may be that of something that every object has. */
export function own<Value>(table: Readonly<Record<string, Value>> | undefined, key: string | null | undefined): Value | undefined {
  return table && typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Those that are not written as words. */
const NAMES: Record<string, string> = { fk: 'FK', dag: 'DAG', jsonata: 'JSONata' };

/** `NEED_RECONNECT` as "Need reconnect". */
export function words(value: string | null | undefined): string {
  if (!value) return UNKNOWN;
  const text = value.toLowerCase().replaceAll('_', ' ');
  const written = text.replace(/\b(?:fk|dag|jsonata)\b/g, (name) => NAMES[name] ?? name);
  return written.charAt(0).toUpperCase() + written.slice(1);
}

/** One row or several, such as "1 run" and "2,000 runs". */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${formatNumber(value)} ${value === 1 ? one : many}`;
}
