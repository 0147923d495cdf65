/** Counts of a day, all and by kind. */
export interface Day {
  readonly start: string;
  readonly total: number;
  readonly values: Readonly<Record<string, number>>;
}

/** A kind that is counted. */
export interface Series {
  readonly key: string;
  readonly label: string;
  /** A class that gives the bars their colour. */
  readonly tone: string;
}

interface Bucket {
  readonly start: string;
  readonly total: number;
}

/** The API's series as a chart takes it; `countsOf` has what a bucket counts by kind. */
export function daysOf<Of extends Bucket>(
  series: readonly Of[] | undefined,
  countsOf: (bucket: Of) => readonly (readonly [kind: string, count: number])[],
): Day[] {
  return (series ?? []).map((bucket) => ({ start: bucket.start, total: bucket.total, values: Object.fromEntries(countsOf(bucket)) }));
}
