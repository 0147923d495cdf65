//! Tasks.

use super::SeedError;
use super::copy::{DAY, HOUR, TableCopy, Time};
use super::members::someone;
use super::world::{Stream, Tenant, WINDOW, World};

const TITLES: [&str; 15] = [
    "Close the month",
    "Chase the missing receipts",
    "Reconcile the bank account",
    "Approve supplier invoices",
    "Reconnect the bank",
    "Prepare the VAT return",
    "Match card payments with receipts",
    "Review unmatched transactions",
    "Send reminders for overdue invoices",
    "Collect LinkedIn invoices",
    "Update the supplier's bank details",
    "Prepare documents for the audit",
    "Check duplicated invoices",
    "Import last year's ledger",
    "Archive signed contracts",
];
const STATUSES: [&str; 7] = ["open", "in_progress", "done", "blocked", "ice_log", "cancelled", "archived"];
const PRIORITIES: [&str; 4] = ["low", "medium", "high", "urgent"];

pub(super) const COLUMNS: &str = "pk, task_id, title, description, status, priority, due_date, done_at, created_at, \
    updated_at, deleted_at, assigned_to_pk, created_by_pk, parent_task_pk, workspace_pk";

/// Of each run of five tasks the second and third are parts of the first.
fn parent(tenant: &Tenant, index: i32) -> Option<i32> {
    matches!(index % 5, 1 | 2).then(|| tenant.tasks.at(index - index % 5))
}

pub(super) fn created(world: &World, tenant: &Tenant, index: i32) -> Time {
    let step = WINDOW / i64::from(tenant.tasks.count + 1);
    world.now.minus(WINDOW - step * i64::from(index))
}

pub(super) async fn write(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    for tenant in &world.tenants {
        for index in 0..tenant.tasks.count {
            let mut rng = world.rng(Stream::Task, [tenant.index, index, 0]);
            let statuses = usize::try_from(index).unwrap_or(0) % STATUSES.len();
            let status = STATUSES.get(statuses).copied().unwrap_or("open");
            let created = created(world, tenant, index);
            let age = world.now.since(created);
            let changed = created.plus(rng.between(0, age.max(1)));
            let title = rng.pick(&TITLES);
            copy.row()
                .put(tenant.tasks.at(index))
                .put(rng.uuid())
                .put(title)
                .put(rng.percent(50).then(|| format!("{title}, as agreed in the weekly finance meeting.")))
                .put(status)
                .put(rng.percent(85).then(|| rng.pick(&PRIORITIES)))
                .put(rng.percent(70).then(|| created.date(3 + rng.below(30))))
                .put(matches!(status, "done" | "archived").then_some(changed))
                .put(created)
                .put(changed)
                .put((index % 25 == 23).then_some(changed.plus(HOUR).min(world.now)))
                .put(rng.percent(75).then(|| someone(&mut rng, tenant)))
                .put(someone(&mut rng, tenant))
                .put(parent(tenant, index))
                .put(tenant.pk);
            copy.pace().await?;
        }
    }
    copy.finish().await
}

/// How many of a workspace's tasks were there well before a moment; none when there was not one.
pub(super) fn known_at(world: &World, tenant: &Tenant, moment: Time) -> Option<i32> {
    let step = WINDOW / i64::from(tenant.tasks.count + 1);
    let count = moment.minus(DAY / 4).since(world.now.minus(WINDOW)) / step;
    i32::try_from(count).ok().filter(|count| *count > 0).map(|count| count.min(tenant.tasks.count))
}
