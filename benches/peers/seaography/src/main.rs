//! Seaography over the benchmark's database: entities, the caller's workspace as a filter on each of them, and three
//! fields of its own for what it does not generate.

mod entities;

use std::env::var;
use std::sync::Arc;

use async_graphql::Context;
use async_graphql::dynamic::{ResolverContext, Schema};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use axum::{Json, Router};
use entities::{
    connector_sync_diagnostics, connectors, document_workspace_connectors, documents, workspace_connector_sync_logs,
    workspace_connectors, workspaces,
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{Condition, ConnectOptions, Database, DatabaseConnection, FromQueryResult, Statement};
use seaography::{
    Builder, BuilderContext, CustomFields, CustomOutputType, LifecycleHooks, LifecycleHooksInterface, OperationType,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(serde::Deserialize, Clone, Copy)]
struct Claims {
    workspace_pk: i32,
}

struct OwnWorkspace;

impl LifecycleHooksInterface for OwnWorkspace {
    fn entity_filter(&self, ctx: &ResolverContext, entity: &str, _: OperationType) -> Option<Condition> {
        let workspace = ctx.data_unchecked::<Claims>().workspace_pk;
        let (table, column) = match entity {
            "Workspaces" => ("workspaces", Some("pk")),
            "Connectors" => ("connectors", None),
            "WorkspaceConnectors" => ("workspace_connectors", Some("workspace_pk")),
            "WorkspaceConnectorSyncLogs" => ("workspace_connector_sync_logs", Some("workspace_pk")),
            "ConnectorSyncDiagnostics" => ("connector_sync_diagnostics", Some("workspace_pk")),
            "DocumentWorkspaceConnectors" => ("document_workspace_connectors", None),
            "Documents" => ("documents", Some("workspace_pk")),
            _ => unreachable!("{entity} has no line"),
        };
        let of = |column: &str| Expr::col((Alias::new(table), Alias::new(column)));
        let live = Condition::all().add(of("deleted_at").is_null());
        Some(match column {
            Some(column) => live.add(of(column).eq(workspace)),
            None => live,
        })
    }
}

#[derive(Clone, CustomOutputType, FromQueryResult)]
struct DayCount {
    day: DateTimeUtc,
    status: String,
    count: i32,
}

const SYNC_LOG: &str = "pk, workspace_connector_sync_log_id, status::text, trigger_type::text, started_at, completed_at, \
    duration_ms, error, metadata, created_at, updated_at, workspace_connector_pk, workspace_pk";

async fn rows<R: FromQueryResult>(
    ctx: &Context<'_>,
    sql: String,
    values: Vec<sea_orm::Value>,
) -> async_graphql::Result<Vec<R>> {
    let db = ctx.data::<DatabaseConnection>()?;
    Ok(R::find_by_statement(Statement::from_sql_and_values(sea_orm::DbBackend::Postgres, sql, values)).all(db).await?)
}

struct Queries;

#[CustomFields]
impl Queries {
    async fn sync_logs_by_day(
        ctx: &Context<'_>,
        since: DateTimeUtc,
        until: DateTimeUtc,
    ) -> async_graphql::Result<Vec<DayCount>> {
        let workspace = ctx.data::<Claims>()?.workspace_pk;
        let sql = "SELECT day, status::text, count FROM peers.sync_logs_by_day($1, $2, $3)".to_owned();
        rows(ctx, sql, vec![workspace.into(), since.into(), until.into()]).await
    }
}

struct Mutations;

#[CustomFields]
impl Mutations {
    async fn create_sync_log(
        ctx: &Context<'_>,
        connector: Uuid,
        metadata: sea_orm::JsonValue,
    ) -> async_graphql::Result<Option<workspace_connector_sync_logs::Model>> {
        let workspace = ctx.data::<Claims>()?.workspace_pk;
        let sql = format!("SELECT {SYNC_LOG} FROM peers.create_sync_log($1, $2, $3)");
        Ok(rows(ctx, sql, vec![workspace.into(), connector.into(), metadata.into()]).await?.pop())
    }

    async fn mark_sync_log_success(
        ctx: &Context<'_>,
        log: Uuid,
    ) -> async_graphql::Result<Option<workspace_connector_sync_logs::Model>> {
        let workspace = ctx.data::<Claims>()?.workspace_pk;
        let sql = format!("SELECT {SYNC_LOG} FROM peers.mark_sync_log_success($1, $2)");
        Ok(rows(ctx, sql, vec![workspace.into(), log.into()]).await?.pop())
    }
}

struct App {
    schema: Schema,
    key: DecodingKey,
    validation: Validation,
}

async fn graphql(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Json(request): Json<async_graphql::Request>,
) -> Result<Json<async_graphql::Response>, StatusCode> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = token.ok_or(StatusCode::UNAUTHORIZED)?;
    let claims =
        jsonwebtoken::decode::<Claims>(token, &app.key, &app.validation).map_err(|_| StatusCode::UNAUTHORIZED)?;
    Ok(Json(app.schema.execute(request.data(claims.claims)).await))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = ConnectOptions::new(var("DATABASE_URL")?);
    options.max_connections(var("BENCH_DB_CONNECTIONS").map_or(Ok(10), |text| text.parse())?).sqlx_logging(false);
    options.test_before_acquire(false);
    let db = Database::connect(options).await?;

    let context: &'static BuilderContext =
        Box::leak(Box::new(BuilderContext { hooks: LifecycleHooks::new(OwnWorkspace), ..Default::default() }));
    let mut builder = Builder::new(context, db.clone());
    seaography::register_entities!(
        builder,
        [
            workspaces,
            connectors,
            workspace_connectors,
            workspace_connector_sync_logs,
            connector_sync_diagnostics,
            document_workspace_connectors,
            documents,
        ]
    );
    builder.register_custom_output::<DayCount>();
    seaography::register_custom_queries!(builder, [Queries]);
    seaography::register_custom_mutations!(builder, [Mutations]);
    let schema = builder.schema_builder().data(db).finish()?;

    let key = DecodingKey::from_secret(var("JWT_SECRET")?.as_bytes());
    let app = App { schema, key, validation: Validation::new(Algorithm::HS256) };
    let router = Router::new().route("/graphql", post(graphql)).with_state(Arc::new(app));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", var("PORT")?.parse()?)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}
