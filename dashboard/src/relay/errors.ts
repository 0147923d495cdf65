/** An answer without data, or no answer. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** `extensions.code`, or what happened on the way. */
    readonly code: string,
    /** The server's log has the same id. */
    readonly requestId?: string | null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** An error of an answer. */
export interface Answered {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string; readonly errorId?: string };
}

export function apiError(errors: readonly Answered[], requestId: string | null): ApiError {
  const [first] = errors;
  const code = first?.extensions?.code ?? 'INTERNAL_SERVER_ERROR';
  if (code === 'PERSISTED_QUERY_NOT_FOUND') {
    return new ApiError('The server has a newer dashboard than this page. Reload the page.', code, requestId);
  }
  return new ApiError(first?.message ?? 'The server answered without data.', code, requestId);
}
