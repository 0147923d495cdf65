import { useEffect, useRef, useState, type FormEvent } from 'react';

import type { TrialResult, TrialRequest } from './jsonata.worker';

const TIMEOUT_MS = 2_000;

/** The expression, tried on what a tool answered. */
export default function Trial({ expression, keyPaths }: { expression: string; keyPaths: readonly string[] }) {
  const [sample, setSample] = useState(() => JSON.stringify(sampleOf(keyPaths), null, 2));
  const [tried, setTried] = useState<TrialResult | null>(null);
  const [busy, setBusy] = useState(false);
  const running = useRef<(() => void) | null>(null);
  useEffect(() => () => running.current?.(), []);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    let parsed: unknown;
    try {
      parsed = JSON.parse(sample);
    } catch (error) {
      return setTried({ error: `The sample must be JSON: ${(error as Error).message}` });
    }
    running.current?.();
    setBusy(true);
    const { answer, stop } = evaluate({ expression, sample: parsed });
    running.current = stop;
    setTried(await answer);
    setBusy(false);
  };
  return (
    <form onSubmit={submit} className="trial">
      <label className="field">
        <span>What the tool answered, as JSON</span>
        <textarea className="code" rows={10} value={sample} onChange={(event) => setSample(event.target.value)} spellCheck={false} />
      </label>
      <div className="field">
        <span id="trial-result">What the expression makes of it</span>
        <pre className="code result" tabIndex={0} aria-labelledby="trial-result" role="status">
          {tried && ('error' in tried ? <span className="field-error">{tried.error}</span> : tried.result)}
        </pre>
      </div>
      <button type="submit" className="button primary" disabled={busy}>
        {busy ? 'Evaluating…' : 'Evaluate'}
      </button>
    </form>
  );
}

/** Evaluates in a worker, so that an expression without an end holds up nothing. */
function evaluate(request: TrialRequest): { answer: Promise<TrialResult>; stop: () => void } {
  const worker = new Worker(new URL('./jsonata.worker.ts', import.meta.url), { type: 'module' });
  const answer = new Promise<TrialResult>((resolve) => {
    const timer = setTimeout(() => resolve({ error: `The evaluation was stopped after ${TIMEOUT_MS / 1_000} seconds.` }), TIMEOUT_MS);
    worker.addEventListener('message', ({ data }: MessageEvent<TrialResult>) => {
      clearTimeout(timer);
      resolve(data);
    });
    worker.addEventListener('error', () => resolve({ error: 'The evaluation could not be started.' }));
    worker.postMessage(request);
  }).finally(() => worker.terminate());
  return { answer, stop: () => worker.terminate() };
}

/** Something of the shape that the mapping was made for, to begin with: two of each list. */
function sampleOf(keyPaths: readonly string[]): unknown {
  type Tree = { [name: string]: Tree };
  // A key may be called as anything that objects have.
  const branch = (): Tree => Object.create(null);
  const tree = branch();
  for (const path of keyPaths) {
    let at = tree;
    for (const name of path.split('.')) at = at[name] ??= branch();
  }
  const fill = (node: Tree, name: string, index: number): unknown => {
    const names = Object.keys(node);
    if (names.length === 0) return /amount|cents|total|balance|debit|credit|price|count/.test(name) ? 100 * index : `${name} ${index}`;
    const one = (number: number) => Object.fromEntries(names.map((child) => [child, fill(node[child]!, child, number)]));
    return name.endsWith('s') ? [one(1), one(2)] : one(index);
  };
  return keyPaths.length === 0 ? {} : fill(tree, '', 1);
}
