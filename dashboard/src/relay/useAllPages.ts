import { useEffect, useState } from 'react';

interface Pages {
  readonly hasNext: boolean;
  readonly isLoadingNext: boolean;
  readonly loadNext: (count: number, options: { onComplete: (error: Error | null) => void }) => unknown;
}

/** Reads a list to its end, page by page. It throws what keeps it from that, since a part of the list tells too little. */
export function useAllPages({ hasNext, isLoadingNext, loadNext }: Pages, size: number) {
  const [failed, setFailed] = useState<Error | null>(null);
  useEffect(() => {
    if (hasNext && !isLoadingNext && !failed) loadNext(size, { onComplete: setFailed });
  }, [hasNext, isLoadingNext, loadNext, size, failed]);
  if (failed) throw failed;
}
