import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { graphql, useFragment } from 'react-relay';

import type { Charts_query$key } from '../../../__generated__/Charts_query.graphql';
import { useRead } from '../../relay/workspace';
import { Empty, Section } from '../../ui/basics';
import { DayBars } from '../../ui/charts/DayBars';
import { RankedBars } from '../../ui/charts/RankedBars';
import { daysOf } from '../../ui/charts/series';
import { formatNumber, words } from '../../ui/format';
import { word } from '../../ui/vocabulary';
import type { Range } from './Overview';

const RUN_SERIES = ['SUCCESS', 'IN_PROGRESS', 'SCHEDULED', 'ERROR'].map((key) => ({ key, ...word('run', key) }));
const DOCUMENT_SERIES = [
  { key: 'INPUT', label: 'In', tone: 'in' },
  { key: 'OUTPUT', label: 'Out', tone: 'out' },
];

/** How the last days were. */
export default function Charts({ query, range, details }: { query: Charts_query$key; range: Range; details: boolean }) {
  const read = useRead('OverviewQuery');
  const data = useFragment(
    graphql`
      fragment Charts_query on Query
      @argumentDefinitions(
        week: { type: "DateTime!" }
        chart: { type: "DateTime!" }
        tomorrow: { type: "DateTime!" }
        zone: { type: "String!" }
        details: { type: "Boolean!" }
      ) {
        runsByDay: workspaceConnectorSyncLogs(first: 1, filter: { createdAt: { gte: $chart } }) {
          statistics {
            series(bucket: DAY, timezone: $zone, from: $chart, to: $tomorrow) {
              start
              total
              byStatus {
                status
                count
              }
            }
          }
        }
        failuresByReason: connectorSyncDiagnostics(
          first: 1
          filter: { severity: { eq: FAILURE }, occurredAt: { gte: $week } }
        ) @include(if: $details) {
          statistics {
            total
            byReason {
              reason
              count
            }
          }
        }
        documents: documentWorkspaceConnectors(first: 1, filter: { createdAt: { gte: $week } }) {
          statistics {
            byDirection {
              direction
              count
            }
          }
        }
        documentsByDay: documentWorkspaceConnectors(first: 1, filter: { createdAt: { gte: $chart } }) {
          statistics {
            series(bucket: DAY, timezone: $zone, from: $chart, to: $tomorrow) {
              start
              total
              byDirection {
                direction
                count
              }
            }
          }
        }
      }
    `,
    query,
  );
  const runs = daysOf(read(data.runsByDay?.statistics, 'runsByDay').series, ({ byStatus }) => byStatus.map(({ status, count }) => [status, count]));
  const { byDirection } = read(data.documents?.statistics, 'documents');
  const documentsOf = (kind: string) => byDirection.find(({ direction }) => direction === kind)?.count ?? 0;
  const documents = daysOf(read(data.documentsByDay?.statistics, 'documentsByDay').series, ({ byDirection }) => byDirection.map(({ direction, count }) => [direction, count]));
  // Left out for those who may not read them.
  const failures = details ? read(data.failuresByReason?.statistics, 'failuresByReason') : null;
  const reasons = (failures?.byReason ?? [])
    .filter(({ count }) => count > 0)
    .sort((one, other) => other.count - one.count);
  return (
    <div className="charts">
      <Section title="Runs by day" className="wide">
        <DayBars
          label="Runs by day"
          noun={['run', 'runs']}
          days={runs}
          series={RUN_SERIES}
          linkTo={(from, to, status) => ({ to: '/runs', search: { from, to, status } })}
        />
      </Section>
      {failures && (
        <Section
          title="Failures by reason"
          note={
            <Link to="/diagnostics" search={{ severity: 'FAILURE', from: range.week }} data-number="failures">
              {formatNumber(failures.total)} in the last seven days
            </Link>
          }
        >
          {reasons.length === 0 && <Empty title="Nothing failed." />}
          <RankedBars
            tone="bad"
            noun="reason"
            rows={reasons.map(({ reason, count }) => ({
              key: reason,
              label: words(reason),
              count,
              link: { to: '/diagnostics', search: { reason, from: range.week } },
            }))}
          />
        </Section>
      )}
      <Section
        title="Documents in and out by day"
        note={
          <>
            {DOCUMENT_SERIES.map(({ key, label }, index) => (
              <Fragment key={key}>
                {index > 0 && ', '}
                <Link to="/provenance" search={{ direction: key, from: range.week }} data-number={`documents-${key}`}>
                  {formatNumber(documentsOf(key))} {label.toLowerCase()}
                </Link>
              </Fragment>
            ))}{' '}
            in the last seven days
          </>
        }
      >
        <DayBars
          label="Documents by day"
          noun={['document link', 'document links']}
          days={documents}
          series={DOCUMENT_SERIES}
          linkTo={(from, to, direction) => ({ to: '/provenance', search: { from, to, direction } })}
        />
      </Section>
    </div>
  );
}
