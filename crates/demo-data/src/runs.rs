//! Sync logs: how the runs of each connection went.

use uuid::Uuid;

use super::SeedError;
use super::catalogue::Shape;
use super::collects;
use super::copy::{DAY, HOUR, Json, MINUTE, SECOND, TableCopy, Time};
use super::world::{Connection, Stream, Tenant, WINDOW, World};

/// The newest run of a hung connection began this long ago.
const HUNG_SINCE: i64 = 5 * HOUR;
/// The newest run of a stuck connection was scheduled this long ago.
const STUCK_SINCE: i64 = 2 * HOUR;

/// One sync log.
pub(super) struct Run {
    pub(super) id: Uuid,
    pub(super) status: &'static str,
    trigger: &'static str,
    /// The number of the queue's task.
    task: Option<u64>,
    pub(super) created: Time,
    pub(super) started: Option<Time>,
    pub(super) completed: Option<Time>,
    error: Option<&'static str>,
    metadata: Option<String>,
    deleted: Option<Time>,
}

/// How one planned run ends, over all its attempts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Success,
    /// Success after that many failed attempts.
    Retried(i32),
    /// Three failed attempts.
    GaveUp,
    /// Failed in a way that a retry does not mend.
    Refused,
    NeverStarted,
    Running,
    Waiting,
}

const TRANSIENT: [&str; 7] = [
    "The provider did not answer within 30 seconds (504 Gateway Timeout).",
    "Rate limit reached (429 Too Many Requests); the provider asks to wait 60 seconds.",
    "The connection was reset by the provider while page 3 was being read.",
    "The provider is under maintenance (503 Service Unavailable).",
    "The provider answered 502 Bad Gateway twice in a row.",
    "The response ended early: expected 48213 bytes, received 32768.",
    "TLS handshake with the provider timed out.",
];
const HARD: [&str; 5] = [
    "The provider rejected the request: unknown field `updated_since` (400 Bad Request).",
    "No entity could be mapped: the response has no `invoices` any more.",
    "The company file is locked by another user (423 Locked).",
    "The fiscal year 2019 is closed and cannot be read through the API.",
    "The plan of this account does not include API access (402 Payment Required).",
];
const REVOKED: [&str; 3] = [
    "The authorisation was revoked (invalid_grant). Please reconnect.",
    "The refresh token has expired (401 Unauthorized). Please reconnect.",
    "The user who connected this account no longer has access (403 Forbidden).",
];
const UNPAID: [&str; 2] = [
    "The account is suspended by the provider (403 Forbidden).",
    "The subscription at the provider has lapsed (402 Payment Required).",
];
const NEVER_STARTED: &str = "The task was not picked up within an hour and was given up.";

/// When the newest planned run of a connection is, as long ago.
fn newest(connection: &Connection) -> i64 {
    match connection.shape {
        Shape::Hung => HUNG_SINCE,
        Shape::Stuck => STUCK_SINCE,
        Shape::Fresh => 3 * MINUTE,
        Shape::Expired => 3 * DAY,
        Shape::Suspended => 5 * DAY,
        Shape::Stopped => 9 * DAY,
        _ => 20 * MINUTE + i64::from(connection.index % 40) * MINUTE,
    }
}

fn interval(world: &World, connection: &Connection) -> i64 {
    let begin = world.now.minus(WINDOW).max(connection.created);
    world.now.minus(newest(connection)).since(begin).max(0) / i64::from(connection.slots.max(1))
}

fn ending(connection: &Connection, slot: i32, chance: i32) -> Ending {
    let left = connection.slots - 1 - slot;
    match connection.shape {
        Shape::Hung | Shape::Fresh if left == 0 => Ending::Running,
        Shape::Stuck if left == 0 => Ending::Waiting,
        Shape::Silent => Ending::Success,
        Shape::Expired | Shape::Suspended if left < 3 => Ending::Refused,
        Shape::Failing if left < 5 => Ending::GaveUp,
        Shape::Degraded if left % 2 == 0 => Ending::GaveUp,
        Shape::Flaky => match chance {
            0..12 => Ending::Retried(1),
            12..20 => Ending::Retried(2),
            20..26 if left > 0 => Ending::GaveUp,
            _ if left == 0 => Ending::Retried(1),
            _ => Ending::Success,
        },
        _ if slot == connection.slots / 2 && connection.index % 3 == 0 => Ending::NeverStarted,
        _ if left < 2 => Ending::Success,
        _ => match chance {
            0..4 => Ending::Retried(1),
            4 => Ending::GaveUp,
            5 => Ending::Refused,
            _ => Ending::Success,
        },
    }
}

/// The logs of one planned run, first attempt first.
pub(super) fn slot(world: &World, connection: &Connection, slot: i32) -> Vec<Run> {
    let mut rng = world.rng(Stream::Run, [connection.tenant, connection.index, slot]);
    let left = connection.slots - 1 - slot;
    let interval = interval(world, connection);
    let jitter = if left == 0 { 0 } else { rng.between(0, (interval / 8).clamp(1, 9 * MINUTE)) };
    let begin = world.now.minus(newest(connection)).minus(interval.saturating_mul(i64::from(left))).minus(jitter);
    let ending = ending(connection, slot, rng.below(100));
    let ending = match ending {
        Ending::NeverStarted if world.now.since(begin) < 3 * HOUR => Ending::Success,
        other => other,
    };
    let trigger = match rng.below(100) {
        _ if slot == 0 && connection.created > world.now.minus(WINDOW) => "oauth_callback",
        0..8 if !matches!(ending, Ending::NeverStarted | Ending::Waiting) => "manual",
        _ => "cloud_task",
    };
    let begin = if trigger == "oauth_callback" { connection.created.plus(20 * SECOND) } else { begin };
    let attempts = match ending {
        Ending::Retried(failed) => failed + 1,
        Ending::GaveUp => 3,
        _ => 1,
    };
    // Attempts and their pauses fit before the next planned run, however close that is.
    let step = (interval / 5).clamp(1, 6 * MINUTE);
    let mut runs = Vec::with_capacity(3);
    for attempt in 0..attempts {
        let trigger = if attempt == 0 { trigger } else { "cloud_task" };
        let created = begin.plus(step.saturating_mul(i64::from(attempt)));
        let wait = if trigger == "cloud_task" { rng.between(SECOND / 5, (step / 8).max(SECOND / 4)) } else { 0 };
        let started = created.plus(wait);
        let work = rng.between(step / 60, (step / 2).max(2));
        let (status, started, completed, error) = match ending {
            Ending::Running => ("in_progress", Some(started), None, None),
            Ending::Waiting => ("scheduled", None, None, None),
            Ending::NeverStarted => ("error", None, Some(created.plus(HOUR)), Some(NEVER_STARTED)),
            Ending::Refused | Ending::GaveUp => {
                ("error", Some(started), Some(started.plus(work)), Some(reason(connection, ending, &mut rng)))
            }
            Ending::Retried(failed) if attempt < failed => {
                ("error", Some(started), Some(started.plus(work)), Some(rng.pick(&TRANSIENT)))
            }
            Ending::Retried(_) | Ending::Success => ("success", Some(started), Some(started.plus(work)), None),
        };
        let slug = connection.slug;
        let metadata = match status {
            "success" if connection.shape == Shape::Silent => {
                Some(format!(r#"{{"connector_slug":"{slug}","pages_fetched":1,"records_synced":0}}"#))
            }
            "success" => {
                let records = 1 + rng.below(rng.clone().pick(&[12, 60, 400]));
                let pages = 1 + records / 50;
                Some(format!(r#"{{"connector_slug":"{slug}","pages_fetched":{pages},"records_synced":{records}}}"#))
            }
            "error" if started.is_some() => Some(format!(r#"{{"attempt":{},"connector_slug":"{slug}"}}"#, attempt + 1)),
            _ => None,
        };
        let forgotten = slot == 1 && connection.slots > 2 && connection.index % 5 == 0;
        runs.push(Run {
            id: rng.uuid(),
            status,
            trigger,
            task: (trigger == "cloud_task").then(|| rng.next()),
            created,
            started,
            completed,
            error,
            metadata,
            deleted: completed.filter(|_| forgotten).map(|completed| completed.plus(interval.min(DAY))),
        });
    }
    runs
}

fn reason(connection: &Connection, ending: Ending, rng: &mut super::rng::Rng) -> &'static str {
    match (connection.shape, ending) {
        (Shape::Expired, _) => rng.pick(&REVOKED),
        (Shape::Suspended, _) => rng.pick(&UNPAID),
        (_, Ending::Refused) | (Shape::Failing, _) => rng.pick(&HARD),
        _ => rng.pick(&TRANSIENT),
    }
}

/// The successful attempt of a planned run, or of one of the next few.
pub(super) fn success_from(world: &World, connection: &Connection, from: i32) -> Option<Run> {
    (from..connection.slots.min(from.saturating_add(4)))
        .find_map(|index| slot(world, connection, index).into_iter().find(|run| run.status == "success"))
}

/// When the newest successful run of a connection ended.
pub(super) fn last_success(world: &World, tenant: &Tenant, connection: &Connection) -> Option<Time> {
    if connection.shape == Shape::Collected {
        return (0..tenant.collects.count)
            .filter_map(|index| collected(world, tenant, index))
            .filter(|run| run.status == "success")
            .filter_map(|run| run.completed)
            .max();
    }
    (0..connection.slots).rev().find_map(|index| {
        let succeeded = slot(world, connection, index).into_iter().filter(|run| run.status == "success");
        succeeded.filter_map(|run| run.completed).max()
    })
}

/// The log that a finished collect left on the connection of its provider.
fn collected(world: &World, tenant: &Tenant, index: i32) -> Option<Run> {
    let collect = collects::at(world, tenant, index);
    let provider = collect.provider.filter(|provider| *provider == "linkedin")?;
    let completed = collect.ended?;
    let failed = collect.status == "error";
    Some(Run {
        id: world.rng(Stream::Run, [tenant.index, -1, index]).uuid(),
        status: if failed { "error" } else { "success" },
        trigger: "manual",
        task: None,
        created: completed,
        started: collect.started,
        completed: Some(completed),
        error: failed.then_some("The page could not be read to its end."),
        metadata: Some(format!(r#"{{"collect_id":"{}","provider":"{provider}"}}"#, collect.id)),
        deleted: None,
    })
}

pub(super) async fn write(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    for tenant in &world.tenants {
        for connection in world.connections(tenant) {
            if connection.shape == Shape::Collected {
                for index in 0..tenant.collects.count {
                    if let Some(run) = collected(world, tenant, index) {
                        put(&mut copy, tenant, &connection, &run);
                    }
                    copy.pace().await?;
                }
            }
            for index in 0..connection.slots {
                for run in slot(world, &connection, index) {
                    put(&mut copy, tenant, &connection, &run);
                }
                copy.pace().await?;
            }
        }
    }
    copy.finish().await
}

pub(super) const COLUMNS: &str = "pk, workspace_connector_sync_log_id, status, trigger_type, cloud_task_id, started_at, \
    completed_at, duration_ms, error, metadata, created_at, updated_at, deleted_at, workspace_connector_pk, workspace_pk";

fn put(copy: &mut TableCopy<'_>, tenant: &Tenant, connection: &Connection, run: &Run) {
    let pk = copy.next_pk();
    let task = run.task.map(|task| format!("projects/well-demo/locations/europe-west1/queues/sync/tasks/{task:020}"));
    let duration = run.completed.zip(run.started).map(|(end, start)| end.since(start) / 1_000);
    let changed = run.deleted.or(run.completed).or(run.started).unwrap_or(run.created);
    copy.row()
        .put(pk)
        .put(run.id)
        .put(run.status)
        .put(run.trigger)
        .put(task)
        .put(run.started)
        .put(run.completed)
        .put(duration.map(|millis| i32::try_from(millis).unwrap_or(i32::MAX)))
        .put(run.error)
        .put(run.metadata.as_ref().map(Json))
        .put(run.created)
        .put(changed)
        .put(run.deleted)
        .put(connection.pk)
        .put(tenant.pk);
}
