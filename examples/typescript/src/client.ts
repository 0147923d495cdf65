// One way to ask the API: typed by the document, with errors that can be told apart, and repeated where that is safe.
import { setTimeout as wait } from "node:timers/promises";
import type { TypedDocumentString, UserErrorCode } from "./gql/graphql.js";

/** What the server says at the top level: about credentials, permission, limits and faults. */
export interface GraphQLError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; errorId?: string };
}

/** The request, or a part of it, was refused or failed. `code` is the contract, `message` is for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(readonly errors: [GraphQLError, ...GraphQLError[]]) {
    super(errors.map(({ message }) => message).join(" "));
  }

  get code(): string {
    return this.errors[0].extensions.code;
  }
}

/** The input of a mutation was refused: something it names is not there, is malformed, or is in another state. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(readonly userErrors: UserError[]) {
    super(userErrors.map(({ message }) => message).join(" "));
  }
}

export interface UserError {
  code: UserErrorCode;
  message: string;
  path: string[];
}

/** What came back: data, errors, or data in part with the errors that say what is missing. */
export interface Answer<Data> {
  data: Data | null;
  errors: GraphQLError[];
}

export interface Options {
  /** Whether asking twice does no more than asking once. Queries always are; a mutation with an idempotency key is. */
  repeatable?: boolean;
}

/**
 * Codes of failures that pass, and how often a request is repeated after each. One that took too long may well take as
 * long again, and is work for the server each time.
 */
const REPEATS: Record<string, number> = { RATE_LIMITED: 3, SERVICE_UNAVAILABLE: 3, REQUEST_TIMEOUT: 1 };
const ATTEMPTS = 4;
/** How long an answer may take, in milliseconds: longer than the server itself gives a mutation. */
const DEADLINE = 20_000;

// A document without variables is asked without them.
type Rest<Variables> = {} extends Variables
  ? [variables?: Variables, options?: Options]
  : [variables: Variables, options?: Options];

export class Client {
  constructor(
    readonly url: string,
    readonly token?: string,
    readonly deadline = DEADLINE,
  ) {}

  /** The whole answer; an `ApiError` when any part of it is missing. */
  async ask<Data, Variables>(document: TypedDocumentString<Data, Variables>, ...rest: Rest<Variables>): Promise<Data> {
    const { data, errors } = await this.askInPart(document, ...rest);
    const [first, ...others] = errors;
    if (first) throw new ApiError([first, ...others]);
    if (!data) throw new Error("An answer without data and without errors is not GraphQL.");
    return data;
  }

  /** What could be answered, beside the errors of what could not. */
  async askInPart<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    ...[variables, options]: Rest<Variables>
  ): Promise<Answer<Data>> {
    const query = document.toString();
    const repeatable = options?.repeatable ?? !/^\s*mutation\b/.test(query);
    const body = JSON.stringify({ query, variables });
    const left = { ...REPEATS };
    const mayRepeat = (code: string) => (left[code] = (left[code] ?? 0) - 1) >= 0;
    for (let attempt = 1; ; attempt += 1) {
      const last = !repeatable || attempt === ATTEMPTS;
      let pause = 100 * 2 ** attempt * (0.5 + Math.random());
      try {
        const response = await this.#post(body);
        const answer = await read<Data>(response);
        const passing = answer.errors.find(({ extensions }) => extensions.code in REPEATS)?.extensions.code;
        if (last || passing === undefined || !mayRepeat(passing)) return answer;
        // Not sooner than the server says: with `RATE_LIMITED` that is when there will be enough points.
        pause = Math.max(pause, 1_000 * Number(response.headers.get("retry-after") ?? 0)) || pause;
      } catch (error) {
        // What the client itself gives up is as what the server does.
        const late = error instanceof Error && error.name === "TimeoutError";
        if (last || (late && !mayRepeat("REQUEST_TIMEOUT"))) throw error;
      }
      await wait(pause);
    }
  }

  #post(body: string): Promise<Response> {
    const headers = new Headers({
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json",
    });
    if (this.token) headers.set("authorization", `Bearer ${this.token}`);
    return fetch(`${this.url}/graphql`, { method: "POST", headers, body, signal: AbortSignal.timeout(this.deadline) });
  }
}

/** Reads an answer. One that is not GraphQL comes from something between here and the server. */
async function read<Data>(response: Response): Promise<Answer<Data>> {
  if (!response.headers.get("content-type")?.includes("json")) {
    const code = response.status >= 500 ? "SERVICE_UNAVAILABLE" : "NOT_GRAPHQL";
    return { data: null, errors: [{ message: `HTTP status ${response.status}`, extensions: { code } }] };
  }
  const { data = null, errors = [] } = (await response.json()) as Partial<Answer<Data>>;
  return { data, errors };
}

/** The payload of a mutation whose input was accepted; `Refused` when it was not. */
export function accepted<Payload extends { userErrors: UserError[] }>(payload: Payload | null): Payload {
  if (!payload) throw new Error("A payload is missing only together with an error, which `ask` throws.");
  if (payload.userErrors.length > 0) throw new Refused(payload.userErrors);
  return payload;
}

/** A page of any list. */
export interface Page<Row> {
  nodes: Row[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** Every row of a list, page after page. `fetchPage` gets the cursor after which the page begins. */
export async function* everyRow<Row>(
  fetchPage: (after: string | null) => Promise<Page<Row> | null>,
): AsyncGenerator<Row> {
  let after: string | null = null;
  for (;;) {
    const page: Page<Row> | null = await fetchPage(after);
    if (!page) return;
    yield* page.nodes;
    if (!page.pageInfo.hasNextPage) return;
    after = page.pageInfo.endCursor;
  }
}
