import { useState } from 'react';

import type { SentQuery } from '../relay/environment';
import { useSentQueries } from '../relay/workspace';
import { Later } from './Later';
import { lazily } from './lazily';

const QueryDialog = lazily(() => import('./QueryDialog'));

/** Shows the queries that a view made, to copy from and to go on with in GraphiQL. */
export function QueryButton({ operations }: { operations: readonly string[] }) {
  const sentQueries = useSentQueries();
  const [shown, setShown] = useState<SentQuery[] | null>(null);
  return (
    <>
      <button type="button" className="button" onClick={() => setShown(sentQueries(operations))}>
        <span aria-hidden="true">{'{ }'}</span> GraphQL
      </button>
      {shown && (
        <Later part="The dialog">
          <QueryDialog queries={shown} onClose={() => setShown(null)} />
        </Later>
      )}
    </>
  );
}
