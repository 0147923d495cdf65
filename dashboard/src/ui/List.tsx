import { useNavigate } from '@tanstack/react-router';
import { useCallback, useState, type ReactNode } from 'react';

import { useOnChange, type Topic } from '../relay/topics';
import type { Search } from '../app/search';
import { DataTable, type Column, type Order } from './DataTable';
import { sortOf, useSetSearch } from './filters';
import { count } from './format';
import { PAGE_SIZE } from './useList';

interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

/** What `usePaginationFragment` gives. */
interface Pages {
  readonly loadNext: (count: number) => unknown;
  readonly loadPrevious: (count: number) => unknown;
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
  readonly isLoadingNext: boolean;
  readonly isLoadingPrevious: boolean;
}

interface Props<Node extends { readonly id: string }> {
  readonly label: string;
  /** What a row is called, and several. */
  readonly noun: readonly [one: string, many: string];
  readonly columns: readonly Column[];
  readonly useCells: (edge: Edge<Node>) => Record<string, ReactNode>;
  readonly connection: { readonly totalCount: number; readonly edges: readonly Edge<Node>[] } | null | undefined;
  readonly pages: Pages;
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

/** A list of the API on the screen: more rows come by scrolling, and the address bar says where one is. */
export function List<Node extends { readonly id: string }>(props: Props<Node>) {
  const { connection, pages, order, refresh, waiting, startsAtCursor, restart, noun } = props;
  const { edges = [], totalCount = 0 } = connection ?? {};
  const set = useSetSearch();
  const navigate = useNavigate();
  const [page, setPage] = useState(0);
  const [changed, setChanged] = useState(false);
  const atTop = page === 0 && !startsAtCursor;

  // Rows that are read are not pulled away.
  useOnChange(props.topics, () => (atTop ? refresh() : setChanged(true)));
  const toTop = () => {
    setChanged(false);
    setPage(0);
    restart();
    set({ after: undefined }, true);
    refresh();
  };
  const onFirstRow = useCallback(
    (index: number) => {
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
  const loadMore = useCallback(() => {
    if (!isLoadingNext) loadNext(PAGE_SIZE);
  }, [loadNext, isLoadingNext]);

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
            <button type="button" className="button" disabled={pages.isLoadingPrevious} onClick={() => pages.loadPrevious(PAGE_SIZE)}>
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
          loadMore={pages.hasNext ? loadMore : undefined}
          onFirstRow={onFirstRow}
        />
      )}
    </div>
  );
}
