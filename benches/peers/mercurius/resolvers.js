// Root resolvers and loaders: one prepared statement each, over the caller's workspace.
import pg from "pg";

// Moments stay text: a Date would lose the microseconds, and cost more.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => text);

const SYNC_LOG = `l.workspace_connector_sync_log_id AS id, upper(l.status::text) AS status,
  upper(l.trigger_type::text) AS "triggerType", l.started_at AS "startedAt", l.completed_at AS "completedAt",
  l.duration_ms AS "durationMs", l.created_at AS "createdAt", l.workspace_connector_pk, l.workspace_pk`;
const CONNECTOR = `w.pk, w.workspace_connector_id AS id, w.status, w.account_label AS "accountLabel", w.connector_pk`;

export function makeResolvers(pool) {
  const rows = async (name, text, values) => (await pool.query({ name, text, values })).rows;
  const first = async (...statement) => (await rows(...statement))[0];

  // A loader of to-one relations: one statement for all the keys, whose rows come in any order.
  const one = (name, text, key) => async (queries, { workspace }) => {
    const keys = [...new Set(queries.map(({ obj }) => obj[key]))];
    const found = new Map((await rows(name, text, [keys, workspace])).map((row) => [row.pk, row]));
    return queries.map(({ obj }) => found.get(obj[key]) ?? null);
  };
  // A loader of to-many relations: the first rows of each parent. A table without a workspace has its parent's.
  const many = (name, text, scoped = true) => async (queries, { workspace }) => {
    const pages = new Map(queries.map(({ obj }) => [obj.pk, { nodes: [] }]));
    const values = [[...pages.keys()], queries[0].params.first, ...(scoped ? [workspace] : [])];
    for (const row of await rows(name, text, values)) pages.get(row.parent).nodes.push(row);
    return queries.map(({ obj }) => pages.get(obj.pk));
  };

  const resolvers = {
    Query: {
      workspaceConnectorSyncLog: (_, { id }, { workspace }) => first("log",
        `SELECT ${SYNC_LOG} FROM core_api.workspace_connector_sync_logs l
         WHERE workspace_connector_sync_log_id = $1 AND workspace_pk = $2 AND deleted_at IS NULL`, [id, workspace]),
      workspaceConnectorSyncLogs: async (_, args, { workspace }, info) => {
        // Statistics need no page.
        if (!info.fieldNodes[0].selectionSet.selections.some(({ name }) => name.value === "nodes")) return {};
        return { nodes: await rows("logs",
          `SELECT ${SYNC_LOG} FROM core_api.workspace_connector_sync_logs l
           WHERE workspace_pk = $1 AND deleted_at IS NULL ORDER BY created_at DESC, pk DESC LIMIT $2`,
          [workspace, args.first]) };
      },
      workspaceConnectors: async (_, args, { workspace }) => ({ nodes: await rows("connectors",
        `SELECT ${CONNECTOR} FROM core_api.workspace_connectors w
         WHERE workspace_pk = $1 AND deleted_at IS NULL ORDER BY created_at DESC, pk DESC LIMIT $2`,
        [workspace, args.first]) }),
    },
    Mutation: {
      createWorkspaceConnectorSyncLog: async (_, { input }, { workspace }) => ({ userErrors: [],
        workspaceConnectorSyncLog: await first("create",
          `SELECT ${SYNC_LOG}, metadata FROM peers.create_sync_log($1, $2, $3) l`,
          [workspace, input.workspaceConnectorId, input.metadata]) }),
      markWorkspaceConnectorSyncLogSuccess: async (_, { input }, { workspace }) => ({ userErrors: [],
        workspaceConnectorSyncLog: await first("mark",
          `SELECT ${SYNC_LOG} FROM peers.mark_sync_log_success($1, $2) l`, [workspace, input.id]) }),
    },
    SyncLogConnection: { statistics: () => ({}) },
    SyncLogStatistics: {
      series: async (_, { from, to }, { workspace }) => {
        const days = new Map();
        for (const { day, status, count } of await rows("days",
          "SELECT day, upper(status::text) AS status, count FROM peers.sync_logs_by_day($1, $2, $3)", [workspace, from, to])) {
          if (!days.has(day)) days.set(day, { start: day, byStatus: [] });
          days.get(day).byStatus.push({ status, count });
        }
        return [...days.values()];
      },
    },
  };

  const children = (columns, from, order, scoped = true) =>
    `SELECT parent, c.* FROM unnest($1::int[]) parent CROSS JOIN LATERAL (
       SELECT ${columns} FROM core_api.${from} c WHERE c.workspace_connector_pk = parent AND c.deleted_at IS NULL
       ${scoped ? "AND c.workspace_pk = $3" : ""}
       ORDER BY c.${order} DESC, c.pk DESC LIMIT $2) c`;
  const loaders = {
    SyncLog: {
      workspaceConnector: one("connector of log",
        `SELECT ${CONNECTOR} FROM core_api.workspace_connectors w
         WHERE pk = ANY ($1::int[]) AND workspace_pk = $2 AND deleted_at IS NULL`, "workspace_connector_pk"),
      workspace: one("workspace of log",
        `SELECT pk, workspace_id AS id, name FROM core_api.workspaces
         WHERE pk = ANY ($1::int[]) AND pk = $2 AND deleted_at IS NULL`, "workspace_pk"),
    },
    WorkspaceConnector: {
      connector: one("connector",
        `SELECT pk, name FROM core_api.connectors
         WHERE pk = ANY ($1::int[]) AND (workspace_pk IS NULL OR workspace_pk = $2) AND deleted_at IS NULL`, "connector_pk"),
      syncLogs: many("logs of connectors", children(
        `c.workspace_connector_sync_log_id AS id, upper(c.status::text) AS status, c.created_at AS "createdAt",
         c.duration_ms AS "durationMs"`, "workspace_connector_sync_logs", "created_at")),
      diagnostics: many("diagnostics of connectors", children(
        `c.diagnostic_id AS id, c.reason, c.detail, c.occurred_at AS "occurredAt"`, "connector_sync_diagnostics",
        "occurred_at")),
      documentLinks: many("links of connectors", children(
        `c.direction, c.created_at AS "createdAt", c.document_pk`, "document_workspace_connectors", "created_at", false),
        false),
    },
    DocumentLink: {
      document: one("document",
        `SELECT pk, document_id AS id, filename FROM core_api.documents
         WHERE pk = ANY ($1::int[]) AND workspace_pk = $2 AND deleted_at IS NULL`, "document_pk"),
    },
  };
  return { resolvers, loaders };
}
