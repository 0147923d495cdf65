import { Link } from '@tanstack/react-router';

import { formatExactTime } from '../../ui/format';
import { LongText } from '../../ui/LongText';
import type { Problem } from './problem';

/** What is wrong with a connector, since when, and what to do. */
export function ProblemNote({ problem: { why, since, at, todo, more } }: { problem: Problem }) {
  const { label, ...link } = more;
  return (
    <>
      <div className="problem-what">
        <p>
          <LongText text={why} />
        </p>
        <p className="todo">
          {todo} <Link {...link}>{label}</Link>
        </p>
      </div>
      <p className="since">
        <time dateTime={at} title={formatExactTime(at)}>
          {since}
        </time>
      </p>
    </>
  );
}
