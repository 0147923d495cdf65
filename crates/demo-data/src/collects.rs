//! Collects.

use uuid::Uuid;

use super::SeedError;
use super::copy::{DAY, HOUR, MINUTE, SECOND, TableCopy, Time};
use super::members::someone;
use super::work;
use super::world::{Stream, Tenant, WINDOW, World};

/// One collect, as far as others depend on it.
pub(super) struct Collect {
    pub(super) id: Uuid,
    pub(super) provider: Option<&'static str>,
    pub(super) status: &'static str,
    pub(super) started: Option<Time>,
    pub(super) ended: Option<Time>,
    created: Time,
    people_pk: i32,
    task_pk: Option<i32>,
}

const PROVIDERS: [Option<&str>; 5] = [Some("linkedin"), Some("popup"), None, Some("linkedin"), Some("linkedin")];
const STATUSES: [&str; 7] = ["finalized", "error", "finalized", "todo", "finalized", "finalized", "in_progress"];

pub(super) fn at(world: &World, tenant: &Tenant, index: i32) -> Collect {
    let mut rng = world.rng(Stream::Collect, [tenant.index, index, 0]);
    let place = usize::try_from(index).unwrap_or(0);
    let provider = PROVIDERS.get(place % PROVIDERS.len()).copied().flatten();
    let status = STATUSES.get(place % STATUSES.len()).copied().unwrap_or("todo");
    let step = WINDOW / i64::from(tenant.collects.count);
    // Three hours back and more, so that what has ended has ended by now.
    let past = world.now.minus(WINDOW + 3 * HOUR - step.saturating_mul(i64::from(index)));
    let created = match status {
        "in_progress" => world.now.minus(rng.between(3 * MINUTE, 40 * MINUTE)),
        "todo" => world.now.minus(rng.between(MINUTE, 3 * DAY)),
        _ => past,
    };
    let begin = created.plus(rng.between(SECOND, 2 * MINUTE));
    let end = begin.plus(rng.between(20 * SECOND, 25 * MINUTE));
    // One in a few that failed never began.
    let ran = !(status == "error" && rng.percent(25));
    let (started, ended) = match status {
        "todo" => (None, None),
        "in_progress" => (Some(begin), None),
        _ => (ran.then_some(begin), Some(end)),
    };
    let known = work::known_at(world, tenant, created).filter(|_| rng.percent(45));
    Collect {
        id: rng.uuid(),
        provider,
        status,
        started,
        ended,
        created,
        people_pk: someone(&mut rng, tenant),
        task_pk: known.map(|count| tenant.tasks.at(rng.below(count))),
    }
}

pub(super) const COLUMNS: &str = "pk, collect_id, provider, status, started_at, ended_at, created_at, updated_at, \
    deleted_at, people_pk, workspace_pk, task_pk";

pub(super) async fn write(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    for tenant in &world.tenants {
        for index in 0..tenant.collects.count {
            let collect = at(world, tenant, index);
            let changed = collect.ended.or(collect.started).unwrap_or(collect.created);
            let deleted = (index % 20 == 15).then(|| changed.plus(2 * HOUR).min(world.now));
            put(&mut copy, tenant.collects.at(index), &collect, deleted.unwrap_or(changed), deleted, Some(tenant.pk));
            copy.pace().await?;
        }
    }
    // From before collects had a workspace: nobody sees these any more.
    let next = world.tenants.last().map_or(1, |tenant| tenant.collects.at(tenant.collects.count));
    for (tenant, index) in world.tenants.iter().take(2).zip(0..) {
        let mut collect = at(world, tenant, 0);
        let moment = |time: Time| time.minus(120 * DAY);
        collect.id = world.rng(Stream::Collect, [-1, index, 0]).uuid();
        collect.created = moment(collect.created);
        collect.started = collect.started.map(moment);
        collect.ended = collect.ended.map(moment);
        collect.task_pk = None;
        let changed = collect.ended.unwrap_or(collect.created);
        put(&mut copy, next.saturating_add(index), &collect, changed, None, None);
    }
    copy.finish().await
}

fn put(
    copy: &mut TableCopy<'_>,
    pk: i32,
    collect: &Collect,
    changed: Time,
    deleted: Option<Time>,
    workspace: Option<i32>,
) {
    copy.row()
        .put(pk)
        .put(collect.id)
        .put(collect.provider)
        .put(collect.status)
        .put(collect.started)
        .put(collect.ended)
        .put(collect.created)
        .put(changed)
        .put(deleted)
        .put(collect.people_pk)
        .put(workspace)
        .put(collect.task_pk);
}
