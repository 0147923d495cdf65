import { Suspense, type ReactNode } from 'react';

import { ErrorBoundary } from './ErrorBoundary';

/** A small part of a view that comes when its code does. Without it, the view stands. */
export function Later({ part, children }: { part: string; children: ReactNode }) {
  return (
    <ErrorBoundary part={part} resetKey="">
      <Suspense fallback={null}>{children}</Suspense>
    </ErrorBoundary>
  );
}
