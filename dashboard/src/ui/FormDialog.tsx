import { useState, type FormEvent, type ReactNode } from 'react';
import { Form } from 'react-aria-components';

import type { UserError } from '../relay/useAction';
import { Dialog } from './Dialog';

/** How the server answered a form. */
export interface Outcome {
  readonly errors: readonly UserError[];
  /** The row as somebody else left it meanwhile. */
  readonly conflict?: { readonly updatedAt: string | null; readonly now: ReactNode } | undefined;
}

/** The outcome of an update. A conflict comes with the row as it is, which `describe` puts into words. */
export function outcomeOf<Row extends { readonly updatedAt?: string | null | undefined }>(
  errors: readonly UserError[] = [],
  row: Row | null | undefined,
  describe: (row: Row) => ReactNode,
): Outcome {
  const conflict = row && errors.some(({ code }) => code === 'CONFLICT') ? { updatedAt: row.updatedAt ?? null, now: describe(row) } : undefined;
  return { errors, conflict };
}

export interface FormProps {
  readonly title: string;
  readonly submit: string;
  readonly danger?: boolean;
  /** When the row that is edited last changed, as the person sees it. */
  readonly updatedAt?: string | null | undefined;
  readonly onClose: () => void;
  /** Sends it. The dialog closes afterwards, unless there are errors. */
  readonly onSubmit: (values: Record<string, string>, expectedUpdatedAt: string | null) => Promise<Outcome>;
  readonly children: ReactNode;
}

/** A form in a dialog: refusals stand at their fields, and who was overtaken by somebody else decides. */
export function FormDialog({ title, submit, danger = false, updatedAt, onClose, onSubmit, children }: FormProps) {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>({ errors: [] });
  const [values, setValues] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<string | null>(null);
  // What the person saw when the dialog was opened: a change that arrives meanwhile is one to be told of.
  const [seenAt] = useState(updatedAt ?? null);

  const send = async (entered: Record<string, string>, expected: string | null) => {
    setBusy(true);
    setFailure(null);
    setValues(entered);
    try {
      const answered = await onSubmit(entered, expected);
      if (answered.errors.length === 0) return onClose();
      setOutcome(answered);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : 'It could not be sent.');
    }
    setBusy(false);
  };
  const onEntered = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const entered = [...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)]);
    void send(Object.fromEntries(entered), seenAt);
  };
  const { conflict, errors } = outcome;
  const atField = Object.fromEntries(errors.filter(({ code }) => code !== 'CONFLICT' || !conflict).map(({ path, message }) => [path.at(-1), message]));
  const sends = danger ? 'button danger' : 'button primary';
  const elsewhere = errors.filter(({ path }) => !conflict && !Object.hasOwn(values, path.at(-1)!));
  return (
    <Dialog title={title} onClose={onClose}>
      <Form onSubmit={onEntered} validationErrors={atField} className="form">
        {children}
        {failure && (
          <p className="field-error" role="alert">
            {failure}
          </p>
        )}
        {elsewhere.map(({ message }) => (
          <p key={message} className="field-error" role="alert">
            {message}
          </p>
        ))}
        {conflict ? (
          <div className="notice" role="alert">
            <p>Somebody else changed it meanwhile. {conflict.now}</p>
            <div className="row">
              <button type="button" className="button" onClick={onClose}>
                {danger ? 'Cancel' : 'Keep theirs'}
              </button>
              <button type="button" className={sends} disabled={busy} onClick={() => void send(values, conflict.updatedAt)}>
                {danger ? `${submit} anyway` : 'Save mine'}
              </button>
            </div>
          </div>
        ) : (
          <div className="row end">
            <button type="button" className="button" onClick={onClose}>
              Cancel
            </button>
            <button type="submit" className={sends} disabled={busy}>
              {submit}
            </button>
          </div>
        )}
      </Form>
    </Dialog>
  );
}
