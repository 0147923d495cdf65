import { Link, type LinkProps } from '@tanstack/react-router';
import { scaleLinear } from '@visx/scale';
import { Bar } from '@visx/shape';

import { count, formatNumber } from '../format';

interface Ranked {
  readonly key: string;
  readonly label: string;
  readonly count: number;
  readonly link: LinkProps;
}

interface Props {
  /** The largest first. */
  readonly rows: readonly Ranked[];
  readonly tone: string;
  /** What a row is of. */
  readonly noun: string;
}

const HEIGHT = 6;
const SHOWN = 7;

/** Counts beside each other; each leads to its rows. */
export function RankedBars({ rows, tone, noun }: Props) {
  const most = Math.max(1, ...rows.map((row) => row.count));
  // One that is left over takes no less room than what says so.
  const shown = rows.length <= SHOWN + 1 ? rows.length : SHOWN;
  const rest = rows.slice(shown);
  return (
    <>
      <Bars rows={rows.slice(0, shown)} most={most} tone={tone} />
      {rest.length > 0 && (
        <details className="more">
          <summary>{count(rest.length, `other ${noun}`)}</summary>
          <Bars rows={rest} most={most} tone={tone} />
        </details>
      )}
    </>
  );
}

function Bars({ rows, most, tone }: { rows: readonly Ranked[]; most: number; tone: string }) {
  const share = scaleLinear({ domain: [0, most], range: [0, 100] });
  return (
    <ul className="ranked">
      {rows.map(({ key, label, count, link }) => (
        <li key={key}>
          <Link {...link} data-reason={key}>
            <span className="ranked-label">{label}</span>
            <span className="number">{formatNumber(count)}</span>
          </Link>
          <svg width="100%" height={HEIGHT} aria-hidden="true">
            <Bar className={`bar ${tone}`} rx={2} height={HEIGHT} width={`${share(count)}%`} />
          </svg>
        </li>
      ))}
    </ul>
  );
}
