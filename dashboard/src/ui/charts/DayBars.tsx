import { Link, type LinkProps } from '@tanstack/react-router';
import { AxisBottom, AxisLeft } from '@visx/axis';
import { ParentSize } from '@visx/responsive';
import { useState } from 'react';
import { scaleBand, scaleLinear } from '@visx/scale';

import { count, formatDay, formatNumber, formatShortDay } from '../format';
import type { Day, Series } from './series';
import { StackedBars } from './StackedBars';

interface Props {
  readonly label: string;
  readonly noun: readonly [one: string, many: string];
  readonly days: readonly Day[];
  readonly series: readonly Series[];
  /** The rows behind a day, or behind one value of it. */
  readonly linkTo: (from: string, to: string, key?: string) => LinkProps;
}

const HEIGHT = 200;
const MARGIN = { top: 8, right: 20, bottom: 24, left: 40 };

const ends = (days: readonly Day[], index: number) =>
  days[index + 1]?.start ?? new Date(new Date(days[index]!.start).getTime() + 86_400_000).toISOString();

/** Counts by day, stacked by kind. Each day leads to its rows; the same numbers stand in a table below. */
export function DayBars(props: Props) {
  const { label, series } = props;
  // A hundred links that most people never look at.
  const [open, setOpen] = useState(false);
  return (
    <figure className="chart">
      <div className="chart-box" style={{ height: HEIGHT }}>
        <ParentSize debounceTime={50}>{({ width }) => width > 0 && <Bars {...props} width={width} />}</ParentSize>
      </div>
      <figcaption className="legend">
        {series.map(({ key, label: name, tone }) => (
          <span key={key} className={`key ${tone}`}>
            {name}
          </span>
        ))}
      </figcaption>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{label} as a table</summary>
        {open && <DayTable {...props} />}
      </details>
    </figure>
  );
}

function DayTable({ label, days, series, noun, linkTo }: Props) {
  return (
    <div className="small-frame" tabIndex={0} role="region" aria-label={`${label} as a table`}>
      <table className="small-table">
        <thead>
          <tr>
            <th scope="col">Day</th>
            {series.map(({ key, label: name }) => (
              <th key={key} scope="col" className="end">
                {name}
              </th>
            ))}
            <th scope="col" className="end">
              All
            </th>
          </tr>
        </thead>
        <tbody>
          {days.map((day, index) => (
            <tr key={day.start}>
              <th scope="row">{formatDay(day.start)}</th>
              {series.map(({ key, label: name }) => (
                <td key={key} className="end">
                  <Link {...linkTo(day.start, ends(days, index), key)} aria-label={`${formatDay(day.start)}, ${name}: ${day.values[key] ?? 0}`}>
                    {formatNumber(day.values[key] ?? 0)}
                  </Link>
                </td>
              ))}
              <td className="end">
                <Link {...linkTo(day.start, ends(days, index))} aria-label={`${formatDay(day.start)}: ${count(day.total, ...noun)}`}>
                  {formatNumber(day.total)}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Bars({ label, days, series, noun, linkTo, width }: Props & { width: number }) {
  const inner = { width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const x = scaleBand({ domain: days.map(({ start }) => start), range: [0, inner.width], padding: 0.25 });
  const most = Math.max(1, ...days.map(({ total }) => total));
  const y = scaleLinear({ domain: [0, most], range: [inner.height, 0], nice: true });
  const labelled = Math.max(1, Math.ceil(days.length / Math.max(1, Math.floor(inner.width / 64))));
  return (
    <svg width={width} height={HEIGHT} role="group" aria-label={label}>
      <g transform={`translate(${MARGIN.left},${MARGIN.top})`}>
        <AxisLeft
          scale={y}
          numTicks={4}
          hideAxisLine
          hideTicks
          tickFormat={(value) => (Number.isInteger(Number(value)) ? formatNumber(Number(value)) : '')}
          tickLabelProps={{ className: 'tick', textAnchor: 'end', dx: -4, dy: 4 }}
        />
        <AxisBottom
          scale={x}
          top={inner.height}
          hideTicks
          axisLineClassName="axis"
          tickValues={days.filter((_, index) => (days.length - 1 - index) % labelled === 0).map(({ start }) => start)}
          tickFormat={(start) => formatShortDay(start)}
          tickLabelProps={{ className: 'tick', textAnchor: 'middle', dy: 4 }}
        />
        <StackedBars days={days} series={series} x={x} y={y} />
        {days.map((day, index) => (
          <Link
            key={day.start}
            {...linkTo(day.start, ends(days, index))}
            className="bar-link"
            aria-label={[
              `${formatDay(day.start)}: ${count(day.total, ...noun)}`,
              ...series.filter(({ key }) => (day.values[key] ?? 0) > 0).map(({ key, label: name }) => `${name} ${day.values[key]}`),
            ].join(', ')}
          >
            <rect x={(x(day.start) ?? 0) - x.step() * x.paddingInner() * 0.5} y={0} width={x.step()} height={inner.height}>
              <title>{`${formatDay(day.start)}: ${count(day.total, ...noun)}`}</title>
            </rect>
          </Link>
        ))}
      </g>
    </svg>
  );
}
