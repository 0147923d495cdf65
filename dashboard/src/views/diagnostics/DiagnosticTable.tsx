import type { DiagnosticCells_diagnostic$key } from '../../../__generated__/DiagnosticCells_diagnostic.graphql';
import { Empty } from '../../ui/basics';
import { NodeTable } from '../../ui/NodeTable';
import { DIAGNOSTIC_COLUMNS, useDiagnosticCells } from './DiagnosticCells';

type Diagnostic = { readonly id: string } & DiagnosticCells_diagnostic$key;

/** A few diagnostics of one connector. */
export function DiagnosticTable({ diagnostics, empty }: { diagnostics: readonly Diagnostic[] | undefined; empty: string }) {
  if (!diagnostics?.length) return <Empty title={empty} />;
  return <NodeTable label="Diagnostics" columns={DIAGNOSTIC_COLUMNS} nodes={diagnostics} useCells={useDiagnosticCells} />;
}
