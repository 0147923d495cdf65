import type { GraphQLResponse } from 'relay-runtime';

import { apiError, type ApiError, type Answered } from './errors';

/**
 * What becomes of an answer that lacks a root field, because it failed. `fail`: it counts as no answer. `show`: what was
 * answered is shown, and each part of the view that lacks something says why. `keep`: what was read before stands.
 */
export type OnFailure = 'fail' | 'show' | 'keep';

/** Why root fields failed that have no value now, by operation and field. */
export type Failures = Map<string, ApiError>;

const keyOf = (operation: string, field: string) => `${operation}.${field}`;

export const failureOf = (failures: Failures, operation: string, field: string) => failures.get(keyOf(operation, field));

interface Answer {
  readonly data: Record<string, unknown>;
  readonly errors?: readonly Answered[];
}

/** The answer as Relay takes it; throws where it counts as none. Relay would take what failed for what is not there. */
export function acceptable(answer: Answer, operation: string, requestId: string | null, onFailure: OnFailure, failures: Failures): GraphQLResponse {
  const { data, errors = [] } = answer;
  const ofField = new Map<string, Answered[]>();
  for (const error of errors) {
    const field = String(error.path?.[0]);
    ofField.set(field, [...(ofField.get(field) ?? []), error]);
  }
  const fields = Object.keys(data);
  const failed = fields.filter((field) => data[field] === null && ofField.has(field));
  if (failed.length > 0 && (onFailure === 'fail' || failed.length === fields.length)) throw apiError(ofField.get(failed[0]!)!, requestId);
  for (const field of fields) {
    const reasons = ofField.get(field);
    if (reasons) failures.set(keyOf(operation, field), apiError(reasons, requestId));
    else failures.delete(keyOf(operation, field));
  }
  if (onFailure !== 'keep') return answer as GraphQLResponse;
  // What one may not read any more does not stand.
  const kept = failed.filter((field) => ofField.get(field)!.every(({ extensions }) => extensions?.code !== 'FORBIDDEN'));
  return { ...answer, data: Object.fromEntries(Object.entries(data).filter(([field]) => !kept.includes(field))) } as GraphQLResponse;
}
