// A way to the server on which the first answers get lost, to see that a client copes.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

const STATUS = { RATE_LIMITED: 429, SERVICE_UNAVAILABLE: 503, REQUEST_TIMEOUT: 504 } as const;

/** No answer at all. */
const SILENCE = "SILENCE";

/**
 * Hands every request on to `target`, but answers the first ones with the failures given, in order. The server has
 * done what they asked all the same.
 */
export async function flaky(target: string, failures: (keyof typeof STATUS | typeof SILENCE)[]) {
  let requests = 0;
  const server = createServer(async (request, response) => {
    const code = failures[requests];
    requests += 1;
    const { "content-type": type = "", authorization = "" } = request.headers;
    const answer = await fetch(`${target}${request.url}`, {
      method: "POST",
      headers: { "content-type": type, authorization },
      body: await buffer(request),
    });
    if (code === SILENCE) return;
    response.setHeader("content-type", "application/json");
    if (code === "RATE_LIMITED") response.setHeader("retry-after", "1");
    response.statusCode = code ? STATUS[code] : answer.status;
    response.end(
      code ? JSON.stringify({ errors: [{ message: "Try again.", extensions: { code } }] }) : await answer.text(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
