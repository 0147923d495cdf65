import { Environment, type FetchFunction, type GraphQLResponse, Network, RecordSource, Store } from "relay-runtime";

/** Relay's store and its way to the server. `observe` is told of every operation that goes there. */
export function createEnvironment(url: string, token: string, observe: (operation: string) => void = () => {}) {
  const ask: FetchFunction = async ({ name, text }, variables) => {
    observe(name);
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json, application/json",
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ query: text, variables }),
      signal: AbortSignal.timeout(15_000),
    });
    // Refusals are GraphQL as well, whatever their HTTP status; Relay throws the errors of an answer without data.
    return (await response.json()) as GraphQLResponse;
  };
  return new Environment({ network: Network.create(ask), store: new Store(new RecordSource()) });
}
