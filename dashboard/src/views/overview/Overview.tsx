import { startTransition, Suspense, useState } from 'react';
import { graphql } from 'react-relay';

import type { OverviewQuery } from '../../../__generated__/OverviewQuery.graphql';
import { useViewer } from '../../app/viewer';
import { ALL_TOPICS, useOnChange } from '../../relay/topics';
import { useLiveQuery, useRefresh } from '../../relay/useQuery';
import { Page, Skeleton } from '../../ui/basics';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { timeZone } from '../../ui/format';
import { QueryButton } from '../../ui/QueryButton';
import { daysBefore, startOfDay, thisMinute } from '../../ui/time';
import { Attention } from './Attention';
import { Numbers } from './Numbers';
import { lazily } from '../../ui/lazily';

// Charts are half of the script of this view, and not what one looks for first.
const Charts = lazily(() => import('./Charts'));

const CHART_DAYS = 14;

const query = graphql`
  query OverviewQuery(
    $today: DateTime!
    $lastWeekFrom: DateTime!
    $lastWeekTo: DateTime!
    $week: DateTime!
    $chart: DateTime!
    $tomorrow: DateTime!
    $zone: String!
    $details: Boolean!
  ) {
    ...Attention_query @arguments(details: $details)
    ...Numbers_query @arguments(today: $today, lastWeekFrom: $lastWeekFrom, lastWeekTo: $lastWeekTo)
    ...Charts_query @arguments(week: $week, chart: $chart, tomorrow: $tomorrow, zone: $zone, details: $details)
  }
`;

/** The times that the numbers are about. They stay the same for a minute, so that a refresh is the same query. */
function times() {
  const now = thisMinute();
  return {
    today: startOfDay(0).toISOString(),
    lastWeekFrom: startOfDay(7).toISOString(),
    lastWeekTo: daysBefore(now, 7).toISOString(),
    week: startOfDay(6).toISOString(),
    chart: startOfDay(CHART_DAYS - 1).toISOString(),
    tomorrow: startOfDay(-1).toISOString(),
  };
}

/** Whether the syncs are all right, and if not, what to do. */
export function Overview() {
  const { details } = useViewer();
  const [range, setRange] = useState(times);
  // Other times are another query; what is shown stays until its answer is there.
  const keepUp = () => startTransition(() => setRange((before) => (before.lastWeekTo === times().lastWeekTo ? before : times())));
  useOnChange(['runs'], keepUp);
  const variables = { ...range, zone: timeZone, details };
  const data = useLiveQuery<OverviewQuery>(query, variables, ALL_TOPICS);
  const refresh = useRefresh(query, variables);
  const part = { resetKey: range.lastWeekTo, onRetry: refresh };
  return (
    <Page
      title="Overview"
      lead="Are the syncs all right? What needs a person stands first."
      actions={<QueryButton operations={['OverviewQuery']} />}
    >
      <ErrorBoundary part="What needs a person" {...part}>
        <Attention query={data} details={details} />
      </ErrorBoundary>
      <ErrorBoundary part="The numbers" {...part}>
        <Numbers query={data} range={range} />
      </ErrorBoundary>
      <ErrorBoundary part="The charts" {...part}>
        <Suspense fallback={<Skeleton lines={8} />}>
          <Charts query={data} range={range} details={details} />
        </Suspense>
      </ErrorBoundary>
    </Page>
  );
}

export type Range = ReturnType<typeof times>;
