import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';

const ShowContext = createContext<(dialog: ReactNode) => void>(() => {});

/** Shows a dialog until another one, or null, takes its place. */
export const useShowDialog = () => useContext(ShowContext);

/** Holds the dialog of a view, which must not go with the row that it was opened from. It is closed when another view is opened. */
export function DialogHost({ view, children }: { view: string; children: ReactNode }) {
  const [dialog, show] = useState<ReactNode>(null);
  useEffect(() => show(null), [view]);
  return (
    <ShowContext value={show}>
      {children}
      {dialog}
    </ShowContext>
  );
}
