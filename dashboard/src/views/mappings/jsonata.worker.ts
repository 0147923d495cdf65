import jsonata from 'jsonata';

export interface TrialRequest {
  readonly expression: string;
  readonly sample: unknown;
}

export type TrialResult = { readonly result: string } | { readonly error: string };

const MAX_SHOWN_LENGTH = 100_000;

/** Evaluates in a thread of its own, which the page ends when it takes too long. */
addEventListener('message', async ({ data: { expression, sample } }: MessageEvent<TrialRequest>) => {
  let outcome: TrialResult;
  try {
    const result = JSON.stringify(await jsonata(expression).evaluate(sample), null, 2) ?? 'nothing';
    outcome = { result: result.length > MAX_SHOWN_LENGTH ? `${result.slice(0, MAX_SHOWN_LENGTH)}\n…` : result };
  } catch (error) {
    outcome = { error: (error as { message?: string }).message ?? 'The expression failed.' };
  }
  postMessage(outcome);
});
