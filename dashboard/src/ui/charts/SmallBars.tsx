import { scaleBand, scaleLinear } from '@visx/scale';

import type { Day, Series } from './series';
import { StackedBars } from './StackedBars';

const WIDTH = 84;
const HEIGHT = 28;

interface Props {
  readonly label: string;
  readonly days: readonly Day[];
  readonly series: readonly Series[];
  /** The largest count of all charts beside each other. */
  readonly most: number;
}

/** A chart the size of a word: one of many beside each other, all on one scale. */
export function SmallBars({ label, days, series, most }: Props) {
  const x = scaleBand({ domain: days.map(({ start }) => start), range: [0, WIDTH], padding: 0.2 });
  const y = scaleLinear({ domain: [0, Math.max(1, most)], range: [HEIGHT, 0] });
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={label} className="small-bars">
      <line x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="axis" />
      <StackedBars days={days} series={series} x={x} y={y} />
    </svg>
  );
}
