import { useState } from 'react';
import { graphql } from 'react-relay';

import type { ConnectorSyncDiagnosticFilter, DiagnosticChartsQuery } from '../../../__generated__/DiagnosticChartsQuery.graphql';
import { useLiveQuery } from '../../relay/useQuery';
import { useRead } from '../../relay/workspace';
import { Empty, Section } from '../../ui/basics';
import { DayBars } from '../../ui/charts/DayBars';
import { RankedBars } from '../../ui/charts/RankedBars';
import { daysOf } from '../../ui/charts/series';
import { timeZone, words } from '../../ui/format';
import { startOfDay } from '../../ui/time';
import { word } from '../../ui/vocabulary';

const DAYS = 30;
const MAX_DAYS = 92;
const SERIES = ['INFORMATIONAL', 'FAILURE'].map((key) => ({ key, ...word('severity', key) }));

interface Props {
  readonly filter: ConnectorSyncDiagnosticFilter;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** The diagnostics that pass the filters, by day and by reason. */
export default function DiagnosticCharts({ filter, from, to }: Props) {
  const [today] = useState(() => ({ from: startOfDay(DAYS - 1).toISOString(), to: startOfDay(-1).toISOString() }));
  const range = { from: from ?? today.from, to: to ?? today.to };
  const long = new Date(range.to).getTime() - new Date(range.from).getTime() > MAX_DAYS * 86_400_000;
  return long ? null : <Charts filter={{ ...filter, occurredAt: { gte: range.from, lt: range.to } }} {...range} />;
}

function Charts({ filter, from, to }: { filter: ConnectorSyncDiagnosticFilter; from: string; to: string }) {
  const { connectorSyncDiagnostics } = useLiveQuery<DiagnosticChartsQuery>(
    graphql`
      query DiagnosticChartsQuery($filter: ConnectorSyncDiagnosticFilter, $from: DateTime!, $to: DateTime!, $zone: String!) {
        connectorSyncDiagnostics(first: 1, filter: $filter) {
          statistics {
            byReason {
              reason
              count
            }
            series(bucket: DAY, timezone: $zone, from: $from, to: $to) {
              start
              total
              bySeverity {
                severity
                count
              }
            }
          }
        }
      }
    `,
    { filter, from, to, zone: timeZone },
    ['diagnostics'],
  );
  const { series, byReason } = useRead('DiagnosticChartsQuery')(connectorSyncDiagnostics?.statistics, 'connectorSyncDiagnostics');
  const reasons = byReason.filter(({ count }) => count > 0).sort((one, other) => other.count - one.count);
  // Keeps what else the list is filtered by.
  const narrowed = (search: Record<string, string | undefined>) =>
    ({ to: '/diagnostics', search: ((before: Record<string, string>) => ({ ...before, after: undefined, from, to, ...search })) as never }) as const;
  return (
    <div className="charts diagnostics">
      <Section title="Over time">
        <DayBars
          label="Diagnostics by day"
          noun={['diagnostic', 'diagnostics']}
          days={daysOf(series, ({ bySeverity }) => bySeverity.map(({ severity, count }) => [severity, count]))}
          series={SERIES}
          linkTo={(start, end, severity) => narrowed({ from: start, to: end, ...(severity && { severity }) })}
        />
      </Section>
      <Section title="By reason">
        {reasons.length === 0 && <Empty title="No diagnostic in this time." />}
        <RankedBars
          tone="quiet"
          noun="reason"
          rows={reasons.map(({ reason, count }) => ({ key: reason, label: words(reason), count, link: narrowed({ reason }) }))}
        />
      </Section>
    </div>
  );
}
