import type { ComponentProps } from 'react';

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** A labelled choice among few, as the browser draws it. */
export function Select({ label, options, ...select }: { label: string; options: readonly Choice[] } & ComponentProps<'select'>) {
  return (
    <label className="field">
      <span>{label}</span>
      <select {...select}>
        {options.map(({ value, label: name }) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
