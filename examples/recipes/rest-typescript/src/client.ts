// A client typed by openapi.json: answers or errors, pages, and changes that lose nobody else's. Take it with you.
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./well.js";

export type Well = Client<paths>;
export type Errors = components["schemas"]["errors"]["errors"];

export function connect(url: string, token: string): Well {
  return createClient<paths>({
    baseUrl: url,
    // Without it the body would be sent as `application/json`, which is refused.
    headers: { authorization: `Bearer ${token}`, "content-type": "application/vnd.api+json" },
    // Lists are written with commas, as the document says.
    querySerializer: { array: { style: "form", explode: false } },
  });
}

/** The request was refused. `code` is the contract, `message` is for people. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(
    readonly errors: Errors,
    readonly response: Response,
  ) {
    super(errors.map(({ detail }) => detail).join(" ") || `HTTP status ${response.status}`);
    this.status = response.status;
  }

  get code(): string | undefined {
    return this.errors[0]?.code;
  }
}

interface Answer<Data> {
  data?: Data;
  error?: { errors: Errors };
  response: Response;
}

/** The body of an answer; `Refused` when it is none. */
export function accepted<Data>({ data, error, response }: Answer<Data>): NonNullable<Data> {
  if (error || !response.ok) throw new Refused(error?.errors ?? [], response);
  return data as NonNullable<Data>;
}

interface Page {
  links?: { next?: string | null };
}

/** Every page of a list. `follow` gets a page by its link, which has all parameters in it. */
export async function* pages<Data extends Page>(
  first: Promise<Answer<Data>>,
  follow: (next: string) => Promise<Answer<Data>>,
): AsyncGenerator<NonNullable<Data>> {
  let page = accepted(await first);
  yield page;
  while (page.links?.next) {
    page = accepted(await follow(page.links.next));
    yield page;
  }
}

/**
 * Changes what was read, and only that: `change` gets the row and the headers to send with the `PATCH`. When somebody
 * else was faster, it is read and changed once more.
 */
export async function changeAsRead<Data, Changed>(
  read: () => Promise<Answer<Data>>,
  change: (row: NonNullable<Data>, headers: { "If-Match": string }) => Promise<Answer<Changed>>,
  attempts = 3,
): Promise<NonNullable<Changed>> {
  for (;;) {
    const answer = await read();
    const row = accepted(answer);
    const changed = await change(row, { "If-Match": answer.response.headers.get("etag") ?? "*" });
    if (changed.response.status !== 412 || --attempts === 0) return accepted(changed);
  }
}
