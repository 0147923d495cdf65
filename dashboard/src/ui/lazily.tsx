import { use, useContext, type ComponentProps, type ComponentType } from 'react';

import { ApiError } from '../relay/errors';
import { RetryContext } from './retry';

interface Fetch<Of> {
  /** What is shown again, as `RetryContext` has it; null before anything is shown. */
  readonly attempt: string | null;
  readonly component: Promise<Of>;
  failed: boolean;
}

/**
 * A component whose code is fetched when it is shown, or before. Other than with React's `lazy`, a fetch that failed, as
 * without a network, is made again when a person tries again.
 */
export function lazily<Of extends ComponentType<any>>(load: () => Promise<{ default: Of }>) {
  let loaded: Of | null = null;
  let latest: Fetch<Of> | null = null;
  const fetchFor = (attempt: string | null) => {
    if (latest && (!latest.failed || latest.attempt === attempt)) return latest.component;
    const component = load().then(
      (module) => (loaded = module.default),
      () => {
        fetch.failed = true;
        throw new ApiError('A part of the page could not be fetched.', 'NOT_LOADED');
      },
    );
    const fetch: Fetch<Of> = { attempt, component, failed: false };
    latest = fetch;
    return component;
  };
  function Lazy(props: ComponentProps<Of>) {
    const attempt = useContext(RetryContext);
    const Loaded: ComponentType<ComponentProps<Of>> = loaded ?? use(fetchFor(attempt));
    return <Loaded {...props} />;
  }
  /** Fetches ahead, and leaves it to the view to fail. */
  Lazy.preload = () => fetchFor(null).then(() => {}, () => {});
  return Lazy;
}
