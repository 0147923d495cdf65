import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { graphql, useFragment } from 'react-relay';

import type { Numbers_query$key } from '../../../__generated__/Numbers_query.graphql';
import { useRead } from '../../relay/workspace';
import { formatNumber } from '../../ui/format';
import { word } from '../../ui/vocabulary';
import type { Range } from './Overview';

/** The numbers of the overview. Each leads to the rows that it counts. */
export function Numbers({ query, range }: { query: Numbers_query$key; range: Range }) {
  const read = useRead('OverviewQuery');
  const data = useFragment(
    graphql`
      fragment Numbers_query on Query
      @argumentDefinitions(
        today: { type: "DateTime!" }
        lastWeekFrom: { type: "DateTime!" }
        lastWeekTo: { type: "DateTime!" }
      ) {
        connected: workspaceConnectors(first: 1, filter: { connectionState: { eq: CONNECTED } }) {
          totalCount
        }
        connecting: workspaceConnectors(first: 1, filter: { connectionState: { eq: CONNECTING } }) {
          totalCount
        }
        broken: workspaceConnectors(first: 1, filter: { connectionState: { eq: ERROR } }) {
          totalCount
        }
        missing: workspaceConnectors(first: 1, filter: { connectionState: { eq: MISSING } }) {
          totalCount
        }
        runsToday: workspaceConnectorSyncLogs(first: 1, filter: { createdAt: { gte: $today } }) {
          statistics {
            total
            byStatus {
              status
              count
            }
          }
        }
        runsLastWeek: workspaceConnectorSyncLogs(
          first: 1
          filter: { createdAt: { gte: $lastWeekFrom, lt: $lastWeekTo } }
        ) {
          statistics {
            total
            byStatus {
              status
              count
            }
          }
        }
      }
    `,
    query,
  );
  const today = read(data.runsToday?.statistics, 'runsToday');
  const lastWeek = read(data.runsLastWeek?.statistics, 'runsLastWeek');
  const runs = (statistics: typeof today, status: string) => statistics.byStatus.find((one) => one.status === status)?.count ?? 0;
  const states = [
    ['CONNECTED', read(data.connected, 'connected')],
    ['CONNECTING', read(data.connecting, 'connecting')],
    ['ERROR', read(data.broken, 'broken')],
    ['MISSING', read(data.missing, 'missing')],
  ] as const;
  const { today: from, lastWeekFrom, lastWeekTo } = range;
  return (
    <div className="numbers">
      <Group title="Connectors">
        {states.map(([state, connectors]) => (
          <Fact
            key={state}
            name={word('state', state).label}
            tone={word('state', state).tone}
            number={`state-${state}`}
            value={connectors.totalCount}
            link={{ to: '/connectors', search: { state } }}
          />
        ))}
      </Group>
      <Group title="Runs today" note="and at this time a week ago">
        <Fact
          name="All"
          number="runs-today"
          value={today.total}
          link={{ to: '/runs', search: { from } }}
          before={<Before number="runs-last-week" value={lastWeek.total} link={{ to: '/runs', search: { from: lastWeekFrom, to: lastWeekTo } }} />}
        />
        {(['SUCCESS', 'ERROR', 'IN_PROGRESS', 'SCHEDULED'] as const).map((status) => (
          <Fact
            key={status}
            name={word('run', status).label}
            tone={word('run', status).tone}
            number={`runs-today-${status}`}
            value={runs(today, status)}
            link={{ to: '/runs', search: { from, status } }}
            before={
              <Before
                number={`runs-last-week-${status}`}
                value={runs(lastWeek, status)}
                link={{ to: '/runs', search: { from: lastWeekFrom, to: lastWeekTo, status } }}
              />
            }
          />
        ))}
      </Group>
    </div>
  );
}

function Group({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <section className="panel group" aria-label={title}>
      <div className="panel-head">
        <h2>{title}</h2>
        {note && <div className="note">{note}</div>}
      </div>
      <dl>{children}</dl>
    </section>
  );
}

interface Figure {
  readonly number: string;
  readonly value: number;
  readonly link: LinkProps;
}

function Fact({ name, tone, number, value, link, before }: Figure & { name: string; tone?: string; before?: ReactNode }) {
  return (
    <div className="fact">
      <dt className={tone && `dot ${tone}`}>{name}</dt>
      <dd>
        <Link {...link} className="figure" data-number={number}>
          {formatNumber(value)}
        </Link>
        {before}
      </dd>
    </div>
  );
}

function Before({ number, value, link }: Figure) {
  return (
    <span className="before">
      was{' '}
      <Link {...link} data-number={number}>
        {formatNumber(value)}
      </Link>
    </span>
  );
}
