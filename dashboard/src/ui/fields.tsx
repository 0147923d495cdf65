import { FieldError, Input, Label, TextArea, TextField } from 'react-aria-components';

import { Select, type Choice } from './Select';

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly value?: string | null | undefined;
  readonly type?: string;
  readonly autoFocus?: boolean;
  readonly long?: boolean;
}

/** A field; what the server says of it stands below it. */
export function Field({ name, label, value, type = 'text', autoFocus = false, long = false }: FieldProps) {
  return (
    <TextField name={name} type={type} defaultValue={value ?? ''} autoFocus={autoFocus} validationBehavior="aria" className="field">
      <Label>{label}</Label>
      {long ? <TextArea rows={4} /> : <Input />}
      <FieldError className="field-error" />
    </TextField>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly value?: string | null | undefined;
  readonly options: readonly Choice[];
}

export function ChoiceField({ name, label, value, options }: ChoiceProps) {
  return <Select label={label} name={name} defaultValue={value ?? options[0]?.value} options={options} />;
}
