import { useNavigate, useSearch } from '@tanstack/react-router';
import { Suspense, useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { usePaginationFragment } from 'react-relay';
import type { GraphQLTaggedNode, OperationType } from 'relay-runtime';

import { useOnChange, type Topic } from '../relay/topics';
import { useQuery } from '../relay/useQuery';
import type { Search } from '../app/search';
import { Skeleton } from './basics';
import { DataTable, type Column, type Order } from './DataTable';
import { ErrorBoundary } from './ErrorBoundary';
import { sortOf, useSetSearch } from './filters';
import { count } from './format';
import { scrollToTop } from './scroll';
import { PAGE_SIZE, type FragmentKey } from './useList';

interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

interface Connection<Node> {
  readonly totalCount: number;
  readonly edges: readonly Edge<Node>[];
}

interface Props<Data, Node extends { readonly id: string }> {
  readonly query: GraphQLTaggedNode;
  /** The fragment that the query spreads, with the list's connection in it. */
  readonly fragment: GraphQLTaggedNode;
  readonly variables: OperationType['variables'];
  readonly label: string;
  /** What a row is called, and several. */
  readonly noun: readonly [one: string, many: string];
  readonly columns: readonly Column[];
  readonly useCells: (edge: Edge<Node>) => Record<string, ReactNode>;
  readonly connection: (data: Data) => Connection<Node> | null | undefined;
  readonly order: Order;
  /** Whether the answer to another filter or order is waited for. */
  readonly waiting: boolean;
  readonly startsAtCursor: boolean;
  readonly restart: () => void;
  readonly topics: readonly Topic[];
  /** Asks for the first page again. */
  readonly refresh: () => void;
  readonly empty: ReactNode;
}

const keyOf = <Node extends { readonly id: string }>(edge: Edge<Node>) => edge.node.id;

/** A list of the API on the screen, or why it cannot be read; the rest of the view stands. */
export function List<Data, Node extends { readonly id: string }>(props: Props<Data, Node>) {
  return (
    <ErrorBoundary part={props.label} resetKey={JSON.stringify(props.variables)}>
      <Suspense fallback={<Skeleton lines={10} />}>
        <Rows {...props} />
      </Suspense>
    </ErrorBoundary>
  );
}

/** More rows come by scrolling, and the address bar says where one is. */
function Rows<Data, Node extends { readonly id: string }>(props: Props<Data, Node>) {
  const { order, refresh, waiting, startsAtCursor, restart, noun } = props;
  const found = useQuery<OperationType>(props.query, props.variables, 'store-and-network');
  const { data, ...pages } = usePaginationFragment<OperationType, FragmentKey>(props.fragment, found as FragmentKey);
  const connection = props.connection(data as Data);
  // Only a failure leaves it out, and that has its place above.
  if (!connection) throw new Error('The server answered without the list.');
  const { edges, totalCount } = connection;
  const set = useSetSearch();
  const navigate = useNavigate();
  const [page, setPage] = useState(0);
  const [changed, setChanged] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  const atTop = !scrolled && page === 0 && !startsAtCursor;

  // Rows that are read are not pulled away.
  useOnChange(props.topics, () => (atTop ? refresh() : setChanged(true)));
  // The address begins at the start again, which is not by scrolling: a link led to all of the list.
  const { after } = useSearch({ strict: false }) as { after?: string };
  const elsewhere = after === undefined && (page > 0 || startsAtCursor);
  const latest = useRef({ elsewhere, restart });
  useEffect(() => {
    latest.current = { elsewhere, restart };
  });
  useEffect(() => {
    if (!latest.current.elsewhere) return;
    setPage(0);
    setChanged(false);
    latest.current.restart();
    scrollToTop();
  }, [after]);
  const toTop = () => {
    setChanged(false);
    setPage(0);
    restart();
    set({ after: undefined }, true);
    scrollToTop();
    void refresh();
  };
  const onFirstRow = useCallback(
    (index: number) => {
      setScrolled(index > 0);
      const next = Math.floor(index / PAGE_SIZE);
      if (next === page) return;
      setPage(next);
      const after = edges[next * PAGE_SIZE - 1]?.cursor;
      if (next === 0 && startsAtCursor) return;
      void navigate({ to: '.', search: (before: Search) => ({ ...before, after }) as never, replace: true, resetScroll: false });
    },
    [page, edges, startsAtCursor, navigate],
  );
  const { loadNext, isLoadingNext } = pages;
  const [failed, setFailed] = useState<Error | null>(null);
  const onComplete = setFailed;
  const loadMore = useCallback(() => {
    if (!isLoadingNext) loadNext(PAGE_SIZE, { onComplete });
  }, [loadNext, isLoadingNext, onComplete]);

  return (
    <div className={waiting ? 'list waiting' : 'list'} aria-busy={waiting}>
      <div className="row spread">
        <p className="total" role="status" data-total={totalCount}>
          {count(totalCount, ...noun)}
        </p>
        <div className="row">
          {changed && (
            <button type="button" className="button primary" onClick={toTop}>
              The list has changed. Show the newest
            </button>
          )}
          {startsAtCursor && pages.hasPrevious && (
            <button type="button" className="button" disabled={pages.isLoadingPrevious} onClick={() => pages.loadPrevious(PAGE_SIZE, { onComplete })}>
              Show {noun[1]} before these
            </button>
          )}
        </div>
      </div>
      {edges.length === 0 ? (
        props.empty
      ) : (
        <DataTable
          label={props.label}
          columns={props.columns}
          rows={edges}
          keyOf={keyOf}
          useCells={props.useCells}
          order={order}
          onOrder={(next) => set({ sort: sortOf(next) })}
          total={totalCount}
          loadMore={pages.hasNext && !failed ? loadMore : undefined}
          onFirstRow={onFirstRow}
        />
      )}
      {failed && (
        <p className="notice" role="alert">
          More rows could not be read: {failed.message}{' '}
          <button type="button" className="button small" onClick={() => setFailed(null)}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}
