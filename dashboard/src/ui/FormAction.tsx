import { useShowDialog } from './DialogHost';
import { FormDialog, type FormProps, type Outcome } from './FormDialog';

/** What a try to send a form goes out with. */
interface Attempt {
  /** When the row that is edited was read, or as somebody else left it. */
  readonly expectedUpdatedAt: string | null;
  /** The same for each try, so that one whose answer was lost makes nothing twice; another one after a refusal. */
  readonly idempotencyKey: string;
}

interface Props extends Omit<FormProps, 'title' | 'onClose' | 'onSubmit'> {
  readonly label: string;
  /** What the button is called for screen readers, where the label alone does not say which row it is of. */
  readonly name?: string;
  readonly look?: 'primary' | 'small';
  /** Of the dialog; the button's label unless given. */
  readonly title?: string;
  readonly onSubmit: (values: Record<string, string>, attempt: Attempt) => Promise<Outcome>;
}

/** A button that opens a form in a dialog. The dialog is of the row as it was then, and stays when the row goes. */
export function FormAction({ label, name, look, title = label, onSubmit, ...form }: Props) {
  const show = useShowDialog();
  const begin = () => {
    let idempotencyKey: string = crypto.randomUUID();
    const submit = async (values: Record<string, string>, expectedUpdatedAt: string | null) => {
      const outcome = await onSubmit(values, { expectedUpdatedAt, idempotencyKey });
      if (outcome.errors.length > 0) idempotencyKey = crypto.randomUUID();
      return outcome;
    };
    show(<FormDialog key={idempotencyKey} {...form} title={title} onClose={() => show(null)} onSubmit={submit} />);
  };
  return (
    <button type="button" className={`button ${look ?? ''}`} aria-label={name} onClick={begin}>
      {label}
    </button>
  );
}
