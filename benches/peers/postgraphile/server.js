// PostGraphile over the benchmark's database. BENCH_ROW_SECURITY=1: the workspace comes from settings that row security
// reads, in a transaction per request; otherwise from conditions in the documents.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { createVerifier } from "fast-jwt";
import { grafserv } from "grafserv/node";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const { DATABASE_URL, JWT_SECRET, PORT, BENCH_ROW_SECURITY, BENCH_PROCESSES = "1", BENCH_DB_CONNECTIONS = "10" } = process.env;
const rowSecurity = BENCH_ROW_SECURITY === "1";
const verify = createVerifier({ key: JWT_SECRET, algorithms: ["HS256"], cache: true });

function caller(request) {
  const claims = verify((request.headers.authorization ?? "").replace(/^Bearer /, ""));
  return rowSecurity ? { pgSettings: { "app.workspace_pk": String(claims.workspace_pk) } } : {};
}

const preset = {
  extends: [PostGraphileAmberPreset],
  // Every column may stand in a condition or an order, as `deleted_at` must.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [
    makePgService({
      connectionString: DATABASE_URL,
      schemas: ["core_api", "peers"],
      poolConfig: { max: Number(BENCH_DB_CONNECTIONS) },
      pubsub: false,
    }),
  ],
  schema: { dynamicJson: true },
  grafast: { explain: false, context: ({ node }) => caller(node.req) },
  grafserv: { graphiql: false, websockets: false, outputDataAsString: true },
};

if (cluster.isPrimary && Number(BENCH_PROCESSES) > 1) {
  for (let n = 0; n < Number(BENCH_PROCESSES); n++) cluster.fork();
  process.on("SIGTERM", () => process.exit());
} else {
  const instance = postgraphile(preset);
  const server = createServer({ keepAliveTimeout: 60_000 });
  await instance.createServ(grafserv).addTo(server);
  await instance.getSchema();
  if (process.env.BENCH_PRINT_SCHEMA) {
    const { printSchema } = await import("grafast/graphql");
    console.log(printSchema(await instance.getSchema()));
    process.exit();
  }
  server.listen(Number(PORT), "127.0.0.1");
}
