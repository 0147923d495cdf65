import { useMemo, type ReactNode } from 'react';

import { DataTable, type Column } from './DataTable';

interface Props<Node extends { readonly id: string }> {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly nodes: readonly Node[] | undefined;
  readonly useCells: (row: { readonly node: Node }) => Record<string, ReactNode>;
}

const keyOf = ({ node }: { node: { readonly id: string } }) => node.id;

/** The few newest rows of one connector: without a column for it, and without a choice of order. */
export function NodeTable<Node extends { readonly id: string }>({ label, columns, nodes, useCells }: Props<Node>) {
  const rows = useMemo(() => (nodes ?? []).map((node) => ({ node })), [nodes]);
  const shown = useMemo(() => columns.filter(({ id }) => id !== 'connector').map(({ order: _, ...column }) => column), [columns]);
  return <DataTable label={label} columns={shown} rows={rows} keyOf={keyOf} useCells={useCells} />;
}
