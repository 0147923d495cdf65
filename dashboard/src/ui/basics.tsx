import { useEffect, useRef, useState, type ReactNode } from 'react';

import { formatAgo, formatExactTime, formatNumber, formatTime, zoneName } from './format';
import { word, type Vocabulary } from './vocabulary';

/** A value of an enum, in its words and colour. */
export function Badge({ of, value }: { of: Vocabulary; value: string | null | undefined }) {
  const { label, tone } = word(of, value);
  return <span className={`badge ${tone}`}>{label}</span>;
}

/** A moment by the person's clock, with the zone in the tooltip. */
export function Time({ at, ago = false }: { at: string | null | undefined; ago?: boolean }) {
  if (!at) return <span className="quiet">–</span>;
  return (
    <time dateTime={at} title={formatExactTime(at)}>
      {ago ? <Ago at={at} /> : formatTime(at)}
    </time>
  );
}

/** How long ago, which goes on while one looks. */
function Ago({ at }: { at: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return formatAgo(at, Math.max(now, Date.now()));
}

export function Count({ value }: { value: number | null | undefined }) {
  return value === null || value === undefined ? <span className="quiet">–</span> : <span className="number">{formatNumber(value)}</span>;
}

/** A text that may be missing. */
export function Text({ value }: { value: string | null | undefined }) {
  return value ? <>{value}</> : <span className="quiet">–</span>;
}

export function ZoneNote() {
  return <span title="The zone of your browser">Times in {zoneName}</span>;
}

/** The frame of a view. It takes the focus when the view is opened, so that screen readers tell of it. */
export function Page({ title, lead, actions, children }: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <>
      <title>{`${title} · Connectors`}</title>
      <header className="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <div className="actions">{actions}</div>
        {lead && <div className="lead">{lead}</div>}
      </header>
      {children}
    </>
  );
}

export function Section({ title, note, children, className }: { title: string; note?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={`panel ${className ?? ''}`} aria-label={title}>
      <div className="panel-head">
        <h2>{title}</h2>
        {note && <div className="note">{note}</div>}
      </div>
      {children}
    </section>
  );
}

/** What a list shows that has nothing to show. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children && <p>{children}</p>}
    </div>
  );
}

/** Stands where an answer will be. */
export function Skeleton({ lines = 6, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <div className="skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className="bone" />
      ))}
    </div>
  );
}

/** Names and values beside each other. */
export function Facts({ facts }: { facts: [name: string, value: ReactNode, look?: 'long'][] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value, look]) => (
        <div key={name} className={look}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
