//! Sync diagnostics.

use super::SeedError;
use super::catalogue::Shape;
use super::copy::{DAY, HOUR, SECOND, TableCopy, Time};
use super::expressions::{PATTERNS, Pattern};
use super::rng::Rng;
use super::world::{Connection, Stream, WINDOW, World};

/// What a diagnostic of one reason says.
struct Report {
    reason: &'static str,
    /// Whether a tool had been selected; else the target is one that the connection has no tool for.
    tool: bool,
    http: &'static [i32],
    /// `{target}`, `{tool}`, `{name}` and `{n}` are filled in.
    detail: &'static str,
}

const fn report(reason: &'static str, tool: bool, http: &'static [i32], detail: &'static str) -> Report {
    Report { reason, tool, http, detail }
}

static REPORTS: [Report; 23] = [
    report(
        "jury_run",
        true,
        &[],
        "Three panelists wrote an expression for {target} from {n} sample records; the judge kept one.",
    ),
    report(
        "jury_disagreement",
        true,
        &[],
        "The panelists disagree on {n} fields of {target}; the judge's choice stands.",
    ),
    report(
        "schema_drift_detected",
        true,
        &[200],
        "The response of {tool} lost {n} key paths since the mapping was made.",
    ),
    report("target_skipped", false, &[], "{name} offers nothing that can become {target}; it is left out of the run."),
    report(
        "structured_pipeline_degraded",
        true,
        &[],
        "The structured answer for {target} was cut off and was completed in a second call.",
    ),
    report(
        "structured_pipeline_fell_back_to_legacy",
        true,
        &[],
        "The structured pipeline gave no valid expression for {target}; the single-prompt one was used.",
    ),
    report(
        "tool_selection_pinned",
        true,
        &[],
        "{tool} stays selected for {target}: the selection is younger than seven days.",
    ),
    report("no_suitable_tool", false, &[], "None of the {n} tools of {name} returns {target}."),
    report("tool_not_found", true, &[404], "{tool} is not among the tools of {name} any more."),
    report(
        "auth_scope_insufficient",
        true,
        &[403, 401],
        "The authorisation of {name} does not cover {tool}. Reconnect and grant read access.",
    ),
    report("tool_execution_failed", true, &[500, 502, 503, 504, 429, 422], "{tool} failed after three attempts."),
    report("empty_result", true, &[200, 204], "{tool} answered without any record."),
    report("jsonata_generation_failed", true, &[], "No panelist wrote an expression for {target} that compiles."),
    report("jury_partial", true, &[], "One of three panelists did not answer in time; two expressions were judged."),
    report("jury_quorum_lost", true, &[], "Two of three panelists did not answer; nothing was judged for {target}."),
    report(
        "blueprint_persistence_failed",
        true,
        &[],
        "The mapping for {target} was made and could not be stored: the connection was changed meanwhile.",
    ),
    report(
        "mapped_entities_dropped",
        true,
        &[200],
        "All {n} entities of {target} lack an identifier and were dropped.",
    ),
    report(
        "mapped_entities_partial_drop",
        true,
        &[200],
        "{n} entities of {target} lack a required field and were dropped; the others were kept.",
    ),
    report("fk_parent_missing", true, &[200], "{n} entities of {target} name a parent that was not synced yet."),
    report("entity_persist_failed", true, &[200], "{n} entities of {target} were refused: the amount is out of range."),
    report(
        "sync_fk_dag_cycle",
        false,
        &[],
        "The order of the targets has a cycle: {target} depends on itself through invoice.",
    ),
    report(
        "regression_reverted",
        true,
        &[200],
        "The new mapping kept 0 entities of {target} where the old one kept {n}; the old one is back.",
    ),
    report(
        "mapping_generation_hard_fail",
        true,
        &[],
        "Four attempts to map {target} failed; the target is paused until the schema changes.",
    ),
];

pub(super) const COLUMNS: &str = "pk, diagnostic_id, target_model, tool_name, reason, http_status, detail, \
    occurred_at, created_at, updated_at, deleted_at, workspace_pk, workspace_connector_pk";

/// How many a workspace of the usual size has.
const USUAL: i32 = 100;

pub(super) async fn write(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    for tenant in &world.tenants {
        let connections: Vec<Connection> = world
            .connections(tenant)
            .into_iter()
            .filter(|it| !matches!(it.shape, Shape::Idle | Shape::Fresh | Shape::Collected))
            .collect();
        let count = USUAL * tenant.volume;
        for (report, index) in REPORTS.iter().cycle().zip(0..count) {
            let mut rng = world.rng(Stream::Diagnostic, [tenant.index, index, 0]);
            let Some(connection) = rng.choose(&connections) else { continue };
            let patterns: Vec<&Pattern> =
                PATTERNS.iter().filter(|it| (it.kind == connection.kind) == report.tool).collect();
            let Some(pattern) = rng.choose(&patterns) else { continue };
            let occurred = occurred(world, connection, index, count, &mut rng);
            // One in a while is reported late.
            let late = if rng.percent(3) { 2 * HOUR } else { 3 * SECOND };
            let created = occurred.plus(rng.between(0, late)).min(world.now);
            let deleted = (index % 50 == 37).then(|| created.plus(rng.between(HOUR, DAY)).min(world.now));
            let detail = report
                .detail
                .replace("{target}", pattern.target)
                .replace("{tool}", pattern.tool)
                .replace("{name}", connection.slug)
                .replace("{n}", &(2 + rng.below(40)).to_string());
            let pk = copy.next_pk();
            copy.row()
                .put(pk)
                .put(rng.uuid())
                .put(pattern.target)
                .put(report.tool.then_some(pattern.tool))
                .put(report.reason)
                .put(rng.choose(report.http).copied())
                .put(detail)
                .put(occurred)
                .put(created)
                .put(deleted.unwrap_or(created))
                .put(deleted)
                .put(tenant.pk)
                .put(connection.pk);
            copy.pace().await?;
        }
    }
    copy.finish().await
}

/// Later rows later, never before the connection was made nor after it was removed.
fn occurred(world: &World, connection: &Connection, index: i32, count: i32, rng: &mut Rng) -> Time {
    let begin = world.now.minus(WINDOW).max(connection.created);
    let end = connection.deleted.unwrap_or(world.now).minus(2 * HOUR);
    let step = (end.since(begin) / i64::from(count)).max(1);
    begin.plus(step.saturating_mul(i64::from(index)) + rng.between(0, step))
}
