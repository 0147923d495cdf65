// Mercurius over the benchmark's database: resolvers and loaders by hand, queries compiled.
import cluster from "node:cluster";
import { readFileSync } from "node:fs";
import { createVerifier } from "fast-jwt";
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import { makeResolvers } from "./resolvers.js";

const { DATABASE_URL, JWT_SECRET, PORT, BENCH_PROCESSES = "1", BENCH_DB_CONNECTIONS = "10" } = process.env;

if (cluster.isPrimary && Number(BENCH_PROCESSES) > 1) {
  for (let n = 0; n < Number(BENCH_PROCESSES); n++) cluster.fork();
  process.on("SIGTERM", () => process.exit());
} else {
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(BENCH_DB_CONNECTIONS) });
  const verify = createVerifier({ key: JWT_SECRET, algorithms: ["HS256"], cache: true });
  const app = Fastify();
  app.register(mercurius, {
    schema: readFileSync(new URL("schema.graphql", import.meta.url), "utf8"),
    ...makeResolvers(pool),
    context: (request) => {
      const claims = verify((request.headers.authorization ?? "").replace(/^Bearer /, ""));
      return { workspace: claims.workspace_pk };
    },
    jit: 1,
    graphiql: false,
  });
  await app.listen({ port: Number(PORT), host: "127.0.0.1" });
}
