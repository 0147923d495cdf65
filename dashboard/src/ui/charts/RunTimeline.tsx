import { Link } from '@tanstack/react-router';
import { AxisBottom, AxisLeft } from '@visx/axis';
import { ParentSize } from '@visx/responsive';
import { scaleSqrt, scaleTime } from '@visx/scale';
import { Bar } from '@visx/shape';

import { formatShortDay, formatDuration, formatTime } from '../format';
import { word } from '../vocabulary';

interface TimelineRun {
  readonly id: string;
  readonly status: string | null | undefined;
  readonly at: string;
  /** How long it ran, or has been running; null when it never ran. */
  readonly durationMs: number | null;
}

const HEIGHT = 180;
const MARGIN = { top: 8, right: 8, bottom: 24, left: 72 };
const BAR = 5;

/** Runs along the time, as high as they were long. The table of runs says the same. */
export function RunTimeline({ runs }: { runs: readonly TimelineRun[] }) {
  return (
    <div className="chart-box" style={{ height: HEIGHT }}>
      <ParentSize debounceTime={50}>{({ width }) => width > 0 && <Timeline runs={runs} width={width} />}</ParentSize>
    </div>
  );
}

function Timeline({ runs, width }: { runs: readonly TimelineRun[]; width: number }) {
  const inner = { width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const times = runs.map(({ at }) => new Date(at).getTime());
  const x = scaleTime({ domain: [Math.min(...times), Math.max(...times, Date.now())], range: [0, inner.width - BAR] });
  const longest = Math.max(1_000, ...runs.map(({ durationMs }) => durationMs ?? 0));
  // A hung run is a thousand times as long as the usual one; the root leaves both to be seen.
  const y = scaleSqrt({ domain: [0, longest], range: [inner.height, 0] });
  return (
    <svg width={width} height={HEIGHT} role="group" aria-label={`The last ${runs.length} runs, as high as they were long`}>
      <g transform={`translate(${MARGIN.left},${MARGIN.top})`}>
        <AxisLeft
          scale={y}
          tickValues={[0, longest / 4, longest]}
          hideAxisLine
          hideTicks
          tickFormat={(value) => formatDuration(Math.round(Number(value)))}
          tickLabelProps={{ className: 'tick', textAnchor: 'end', dx: -4, dy: 4 }}
        />
        <AxisBottom
          scale={x}
          top={inner.height}
          numTicks={Math.max(2, Math.floor(inner.width / 110))}
          hideTicks
          axisLineClassName="axis"
          tickFormat={(value) => formatShortDay(value as Date)}
          tickLabelProps={{ className: 'tick', textAnchor: 'middle', dy: 4 }}
        />
        {runs.map((run) => {
          const { label, tone } = word('run', run.status);
          const top = Math.min(y(run.durationMs ?? 0), inner.height - 3);
          return (
            <Link key={run.id} to="/runs/$id" params={{ id: run.id }} tabIndex={-1} aria-label={`${formatTime(run.at)}: ${label}`}>
              <Bar className={`bar ${tone}`} x={x(new Date(run.at))} y={top} width={BAR} height={inner.height - top} rx={1}>
                <title>{`${formatTime(run.at)}: ${label}${run.durationMs === null ? '' : `, ${formatDuration(run.durationMs)}`}`}</title>
              </Bar>
            </Link>
          );
        })}
      </g>
    </svg>
  );
}
