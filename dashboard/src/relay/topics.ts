import { createContext, useContext, useEffect, useRef } from 'react';

/** The kinds of rows that change. */
export type Topic = 'connectors' | 'runs' | 'diagnostics' | 'mappings' | 'documents' | 'collects' | 'tasks' | 'members';

/** Changes of many rows within this time are answered by one refresh. */
const DEBOUNCE_MS = 400;

/** Publishes changes to those who follow their topic. */
export class Topics {
  private readonly listeners = new Set<(topic: Topic) => void>();

  changed(...topics: Topic[]) {
    for (const topic of topics) for (const listener of this.listeners) listener(topic);
  }

  listen(listener: (topic: Topic) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export const ALL_TOPICS: readonly Topic[] = ['connectors', 'runs', 'diagnostics', 'mappings', 'documents', 'collects', 'tasks', 'members'];

export const TopicsContext = createContext(new Topics());

/** Calls soon after something of the topics changed. */
export function useOnChange(topics: readonly Topic[], callback: () => void) {
  const hub = useContext(TopicsContext);
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  const wanted = topics.join();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = hub.listen((topic) => {
      if (!wanted.split(',').includes(topic)) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        latest.current();
      }, DEBOUNCE_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [hub, wanted]);
}
