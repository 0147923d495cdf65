// Hive Gateway in front of the API: queries and mutations as JSON, subscriptions as event streams, at one address.
import { defineConfig } from "@graphql-hive/gateway";

export const gatewayConfig = defineConfig({
  proxy: { endpoint: `${process.env.WELL_URL}/graphql` },
  // Without the file the gateway asks the server for its schema, which wants a credential of its own.
  schema: "../../../schema.graphql",
  // Who asks the gateway asks the server: nothing is answered without the credential.
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => ({
      authorization: request.headers.get("authorization"),
      "x-workspace-id": request.headers.get("x-workspace-id"),
    }),
  },
  host: "127.0.0.1",
  port: Number(process.env.PORT),
  graphiql: false,
});
