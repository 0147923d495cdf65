//! Connector mappings and their history.

use super::SeedError;
use super::catalogue::Shape;
use super::copy::{DAY, HOUR, Json, MINUTE, TableCopy, Time};
use super::expressions::{PATTERNS, Pattern};
use super::rng::Rng;
use super::world::{Connection, Stream, Tenant, World};

const REASONING: [&str; 4] = [
    "All panelists agree on the identifiers; the chosen expression also handles missing line items.",
    "Two panelists read the amount in cents. The sample has decimals, so their expressions were put aside.",
    "The expressions are equivalent; the shorter one was kept.",
    "Only one expression filters drafts, which the instructions ask for.",
];

pub(super) const COLUMNS: &str = "pk, connector_mapping_id, target_model, expression, user_instructions, \
    schema_fingerprint, schema_key_paths, needs_regeneration, tool_name, tool_args, selected_at, audit_trail, \
    pagination_spec, last_persist_count, created_at, updated_at, deleted_at, workspace_connector_pk, workspace_pk";

pub(super) async fn write(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    for tenant in &world.tenants {
        let connections = world.connections(tenant);
        let mapped = connections.iter().filter(|it| !matches!(it.shape, Shape::Idle | Shape::Fresh));
        for connection in mapped {
            let patterns = PATTERNS.iter().filter(|pattern| pattern.kind == connection.kind);
            for (pattern, index) in patterns.zip(0..) {
                write_history(world, tenant, connection, (pattern, index), &mut copy);
                copy.pace().await?;
            }
        }
    }
    copy.finish().await
}

/// The predecessors of one mapping, each deleted when the next was made, and the live one.
fn write_history(
    world: &World,
    tenant: &Tenant,
    connection: &Connection,
    (pattern, index): (&'static Pattern, i32),
    copy: &mut TableCopy<'_>,
) {
    let mut rng = world.rng(Stream::Mapping, [tenant.index, connection.index, index]);
    // The oldest workspaces have rows from before there were several tools.
    let legacy = tenant.index < 3 && index == 1 && connection.index % 4 == 0;
    let regenerated = i32::from((connection.index + index) % 5 == 2);
    let generations = connection.depth + regenerated;
    let born = connection.created.plus(MINUTE + rng.between(0, 10 * MINUTE));
    let end = connection.deleted.unwrap_or(world.now);
    // At the latest a good hour ago, however often it was made anew.
    let step = end.minus(HOUR).since(born).max(i64::from(generations)) / i64::from(generations);
    for generation in 0..generations {
        let created = born.plus(step.saturating_mul(i64::from(generation)));
        let newest = generation + 1 == generations;
        let deleted = if newest { connection.deleted } else { Some(created.plus(step)) };
        let starved = newest && (connection.shape == Shape::Silent || connection.index % 7 == 3 && index == 0);
        let count = match connection.shape {
            _ if starved => Some(0),
            _ if rng.percent(8) => None,
            _ => Some(1 + rng.below(480)),
        };
        let made = Made { legacy, starved, created, deleted, count };
        let text = if newest { (pattern.expression.into(), pattern.key_paths.into()) } else { pattern.former() };
        put(tenant, connection, (pattern, text), &made, &mut rng, copy);
    }
}

struct Made {
    legacy: bool,
    starved: bool,
    created: Time,
    deleted: Option<Time>,
    count: Option<i32>,
}

fn put(
    tenant: &Tenant,
    connection: &Connection,
    (pattern, (expression, key_paths)): (&'static Pattern, (String, String)),
    made: &Made,
    rng: &mut Rng,
    copy: &mut TableCopy<'_>,
) {
    let recent = !made.legacy;
    let used = made.created.plus(rng.between(MINUTE, DAY)).min(made.deleted.unwrap_or(made.created.plus(HOUR)));
    let fingerprint = [rng.hex(), rng.hex(), rng.hex(), rng.hex()].concat();
    let audit = recent.then(|| audit_trail(rng));
    let pk = copy.next_pk();
    copy.row()
        .put(pk)
        .put(rng.uuid())
        .put(pattern.target)
        .put(expression)
        .put(pattern.instructions)
        .put(recent.then_some(fingerprint))
        .put(recent.then_some(Json(key_paths)))
        .put(made.starved)
        .put(if made.legacy { "legacy" } else { pattern.tool })
        .put(pattern.tool_args.filter(|_| recent).map(Json))
        .put(recent.then_some(made.created))
        .put(audit.map(Json))
        .put(pattern.pagination.map(Json))
        .put(made.count)
        .put(made.created)
        .put(made.deleted.unwrap_or(used))
        .put(made.deleted)
        .put(connection.pk)
        .put(tenant.pk);
}

fn audit_trail(rng: &mut Rng) -> String {
    let reasoning = rng.pick(&REASONING);
    let hundredths = rng.below(60);
    let duration = rng.between(4_000, 48_000);
    let synthesized = if rng.percent(20) { r#","synthesized":true"# } else { "" };
    format!(
        r#"{{"jury_name":"mapping-jury","panelists":["cartographer","auditor","minimalist"],"judge_reasoning":"{reasoning}","disagreement_score":0.{hundredths:02},"duration_ms":{duration}{synthesized}}}"#
    )
}
