import type { scaleBand, scaleLinear } from '@visx/scale';
import { scaleOrdinal } from '@visx/scale';
import { BarStack } from '@visx/shape';

import type { Day, Series } from './series';

interface Props {
  readonly days: readonly Day[];
  readonly series: readonly Series[];
  readonly x: ReturnType<typeof scaleBand<string>>;
  readonly y: ReturnType<typeof scaleLinear<number>>;
}

/** A bar for each day, stacked by kind. */
export function StackedBars({ days, series, x, y }: Props) {
  const keys = series.map(({ key }) => key);
  const tones = scaleOrdinal({ domain: keys, range: series.map(({ tone }) => tone) });
  const rows = days.map((day) => ({ start: day.start, ...day.values }) as { start: string } & Record<string, number | string>);
  return (
    <BarStack data={rows} keys={keys} x={(row) => row.start} xScale={x} yScale={y} color={tones} value={(row, key) => Number(row[key] ?? 0)}>
      {(stacks) =>
        stacks.map((stack) =>
          stack.bars.map((bar) => (
            <rect
              key={`${stack.key}-${bar.index}`}
              className={`bar ${bar.color}`}
              x={bar.x}
              y={bar.y}
              width={Math.max(1, bar.width)}
              height={Math.max(0, bar.height)}
            />
          )),
        )
      }
    </BarStack>
  );
}
