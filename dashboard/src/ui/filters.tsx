import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';

import type { Search } from '../app/search';
import { formatTime } from './format';
import type { Order } from './DataTable';
import { Select, type Choice } from './Select';

/** Changes what the address bar says of the view. What is undefined is left out; a change begins the list anew. */
export function useSetSearch(): (change: Record<string, string | undefined>, replace?: boolean) => void {
  const navigate = useNavigate();
  return (change, replace = false) =>
    void navigate({ to: '.', search: (before: Search) => ({ ...before, after: undefined, ...change }) as never, replace, resetScroll: false });
}

/** What the address bar says beside the filters. */
const NO_FILTERS = ['workspace', 'sort', 'after'];

export function Filters({ children }: { children: ReactNode }) {
  const set = useSetSearch();
  const active = Object.entries(useSearch({ strict: false })).flatMap(([name, value]) => (value === undefined || NO_FILTERS.includes(name) ? [] : [name]));
  return (
    <form className="filters" role="search" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      {children}
      {active.length > 0 && (
        <button type="button" className="button" onClick={() => set(Object.fromEntries(active.map((name) => [name, undefined])))}>
          Clear filters
        </button>
      )}
    </form>
  );
}

interface SelectFilterProps {
  readonly label: string;
  readonly name: string;
  readonly value: string | undefined;
  readonly options: readonly Choice[];
}

export function SelectFilter({ label, name, value = '', options }: SelectFilterProps) {
  const set = useSetSearch();
  // A link may have a value that is none of those.
  const unknown = options.some((option) => option.value === value) || value === '' ? [] : [{ value, label: value }];
  return (
    <Select
      label={label}
      value={value}
      onChange={(event) => set({ [name]: event.target.value || undefined })}
      options={[{ value: '', label: 'All' }, ...unknown, ...options]}
    />
  );
}

const TYPING_MS = 300;

export function SearchFilter({ label, name = 'q', value }: { label: string; name?: string; value: string | undefined }) {
  const set = useSetSearch();
  const id = useId();
  const [text, setText] = useState(value ?? '');
  const typing = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Another link may be opened while the view stays. What was typed says the same with a space around it.
  useEffect(() => setText((typed) => (typed.trim() === (value ?? '') ? typed : (value ?? ''))), [value]);
  useEffect(() => () => clearTimeout(typing.current), []);
  return (
    <div className="field grow">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="search"
        value={text}
        onChange={(event) => {
          const next = event.target.value;
          setText(next);
          clearTimeout(typing.current);
          typing.current = setTimeout(() => set({ [name]: next.trim() || undefined }, true), TYPING_MS);
        }}
      />
    </div>
  );
}

const SPANS: readonly Choice[] = [
  { value: '', label: 'Any time' },
  { value: '24', label: 'Last 24 hours' },
  { value: '168', label: 'Last 7 days' },
  { value: '720', label: 'Last 30 days' },
];

/** The time range that a link came with, which can be taken away. */
export function RangeFilter({ from, to }: { from: string | undefined; to: string | undefined }) {
  const set = useSetSearch();
  const id = useId();
  const since = (event: React.ChangeEvent<HTMLSelectElement>) => {
    const hours = Number(event.target.value);
    set({ from: hours > 0 ? new Date(Date.now() - hours * 3_600_000).toISOString() : undefined, to: undefined });
  };
  if (from || to) {
    const range = from && to ? `${formatTime(from)} – ${formatTime(to)}` : from ? `since ${formatTime(from)}` : `before ${formatTime(to!)}`;
    return (
      <div className="field">
        <span id={id}>Time</span>
        <button type="button" className="button chip" aria-describedby={id} onClick={() => set({ from: undefined, to: undefined })}>
          {range} <span aria-label="Remove">✕</span>
        </button>
      </div>
    );
  }
  return (
    <Select label="Time" value="" onChange={since} options={SPANS} />
  );
}

/** The order as the address bar says it, such as `DURATION_MS.desc`. */
export function orderOf(sort: string | undefined, fallback: Order): Order {
  const [field, direction] = (sort ?? '').split('.');
  return field && /^[A-Z_]+$/.test(field) ? { field, direction: direction === 'asc' ? 'ASC' : 'DESC' } : fallback;
}

export const sortOf = ({ field, direction }: Order) => `${field}.${direction.toLowerCase()}`;

/** A comparison with what the address bar says, which the server checks; nothing where it says nothing. */
export const eq = (value: string | undefined) => (value === undefined ? undefined : { eq: value as never });
export const contains = (value: string | undefined) => (value === undefined ? undefined : { contains: value });

export function between(from: string | undefined, to: string | undefined) {
  return from || to ? { ...(from && { gte: from }), ...(to && { lt: to }) } : undefined;
}
