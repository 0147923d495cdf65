//! Workspaces, the people in them, their memberships and keys.

use super::SeedError;
use super::copy::{DAY, HOUR, TableCopy, Time};
use super::rng::Rng;
use super::world::{Stream, Tenant, World};

const FIRST_NAMES: [&str; 24] = [
    "Olivia", "Adam", "Mina", "Grace", "Théo", "Inès", "Lukas", "Sofia", "Noah", "Chloé", "Marek", "Yara", "Hugo",
    "Amélie", "Diego", "Priya", "Jonas", "Zoë", "Karim", "Elena", "Søren", "Bianca", "Tomás", "Wei",
];
const LAST_NAMES: [&str; 24] = [
    "Martin",
    "Bernard",
    "Okafor",
    "Lindqvist",
    "Moreau",
    "Schmidt",
    "Rossi",
    "García",
    "Nowak",
    "Dubois",
    "Haddad",
    "O'Brien",
    "Van den Berg",
    "Kowalska",
    "Silva",
    "Nakamura",
    "Petrov",
    "Laurent",
    "Keller",
    "Jensen",
    "Costa",
    "Fischer",
    "Sato",
    "Lefèvre",
];
const JOBS: [&str; 12] = [
    "Chief executive officer",
    "Head of finance",
    "Accountant",
    "External auditor",
    "Controller",
    "Office manager",
    "Sales lead",
    "Accounts payable",
    "Operations manager",
    "Payroll specialist",
    "Engineer",
    "Procurement",
];
const COLORS: [&str; 6] = ["#2F6FED", "#E4572E", "#17B890", "#F2B134", "#7A5CFA", "#C2185B"];
const TIMEZONES: [&str; 5] = ["Europe/Paris", "America/New_York", "Europe/London", "Europe/Berlin", "Asia/Singapore"];

pub(super) const WORKSPACES: &str = "pk, workspace_id, name, description, avatar_color, avatar_image, \
    external_workspace_id, timezone, created_at, updated_at, deleted_at, parent_workspace_pk";

pub(super) async fn write_workspaces(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    for tenant in &world.tenants {
        let mut rng = world.rng(Stream::Workspace, [tenant.index, 0, 0]);
        let created = world.now.minus(220 * DAY + rng.between(0, DAY));
        let timezone = usize::try_from(tenant.index).ok().and_then(|index| TIMEZONES.get(index)).copied();
        let described = rng.percent(70) || tenant.index < 2;
        copy.row()
            .put(tenant.pk)
            .put(rng.uuid())
            .put(&tenant.name)
            .put(described.then(|| format!("The books of {}.", tenant.name)))
            .put(rng.pick(&COLORS))
            .put(rng.percent(30).then(|| format!("https://assets.example.com/avatars/{}.png", tenant.external)))
            .put(&tenant.external)
            .put(timezone.unwrap_or_else(|| rng.pick(&TIMEZONES)))
            .put(created)
            .put(created.plus(rng.between(0, 200 * DAY)))
            .put(None::<Time>)
            .put(None::<i32>);
        copy.pace().await?;
    }
    for ((external, name), index) in CLOSED.into_iter().zip(["Acme sandbox", "Acme Belgium"]).zip(0..) {
        let mut rng = world.rng(Stream::Workspace, [-1, index, 0]);
        let (created, deleted) = (world.now.minus(200 * DAY), world.now.minus(30 * DAY));
        copy.row()
            .put(closed_pk(world, index))
            .put(rng.uuid())
            .put(name)
            .put("Closed.")
            .put(rng.pick(&COLORS))
            .put(None::<&str>)
            .put(external)
            .put("Europe/Paris")
            .put(created)
            .put(deleted)
            .put(deleted)
            .put(world.tenants.first().map(|tenant| tenant.pk));
    }
    copy.finish().await
}

/// The external ids of the workspaces that were deleted, parts of the first one.
pub(super) const CLOSED: [&str; 2] = ["acme-sandbox", "acme-belgium"];

fn closed_pk(world: &World, index: i32) -> i32 {
    world.tenants.last().map_or(1, |tenant| tenant.pk).saturating_add(1 + index)
}

pub(super) const PEOPLES: &str =
    "pk, person_id, full_name, first_name, last_name, job_title, created_at, updated_at, deleted_at, workspace_pk";

/// The first of a workspace's people who is deleted: everyone before has a place in it.
const DELETED_PERSON: i32 = 10;

pub(super) async fn write_peoples(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    for tenant in &world.tenants {
        for index in 0..tenant.people.count {
            let mut rng = world.rng(Stream::Person, [tenant.index, index, 0]);
            let (first, last) = (rng.pick(&FIRST_NAMES), rng.pick(&LAST_NAMES));
            let job = usize::try_from(index).ok().and_then(|index| JOBS.get(index)).copied();
            let job = job.or_else(|| rng.percent(80).then(|| rng.pick(&JOBS)));
            let created = world.now.minus(210 * DAY - rng.between(0, 30 * DAY));
            let changed = created.plus(rng.between(0, 150 * DAY));
            copy.row()
                .put(tenant.people.at(index))
                .put(rng.uuid())
                .put(format!("{first} {last}"))
                .put(first)
                .put(last)
                .put(job)
                .put(created)
                .put(changed)
                .put((index % 12 == DELETED_PERSON).then_some(changed))
                .put(tenant.pk);
            copy.pace().await?;
        }
    }
    copy.finish().await
}

/// One of the people who are not deleted.
pub(super) fn someone(rng: &mut Rng, tenant: &Tenant) -> i32 {
    let index = rng.below(tenant.people.count);
    tenant.people.at(if index % 12 == DELETED_PERSON { index - 1 } else { index })
}

pub(super) const MEMBERSHIPS: &str = "pk, membership_id, subject, role, status, is_default, created_at, updated_at, \
    deleted_at, person_pk, workspace_pk";

struct Member {
    subject: Option<String>,
    role: &'static str,
    is_default: bool,
    person: i32,
    left: bool,
}

fn members(tenant: &Tenant) -> Vec<Member> {
    let external = &tenant.external;
    let named = |role: &'static str, person: i32| Member {
        subject: Some(format!("{role}@{external}")),
        role,
        is_default: true,
        person,
        left: false,
    };
    let mut members = vec![named("owner", 0), named("admin", 1), named("member", 2), named("guest", 3)];
    members.push(Member { subject: None, is_default: false, ..named("member", 4) });
    members.push(Member { subject: Some(format!("former@{external}")), left: true, ..named("admin", DELETED_PERSON) });
    let consultant = match tenant.index {
        0 => Some(("member", true)),
        1 => Some(("guest", false)),
        _ => None,
    };
    members.extend(consultant.map(|(role, is_default)| Member {
        subject: Some("consultant@wellapp".to_owned()),
        is_default,
        ..named(role, 5)
    }));
    for more in 1..tenant.volume {
        for (role, place) in [("member", 0), ("member", 1), ("guest", 2)] {
            let subject = Some(format!("{role}-{}@{external}", 2 * more + place - 1));
            members.push(Member { subject, ..named(role, 12 * more + place) });
        }
    }
    members
}

pub(super) async fn write_memberships(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    let mut index = 0;
    for tenant in &world.tenants {
        for member in members(tenant) {
            let mut rng = world.rng(Stream::Membership, [tenant.index, index, 0]);
            index += 1;
            let created = world.now.minus(180 * DAY - rng.between(0, 20 * DAY));
            let joined = created.plus(rng.between(HOUR, 5 * DAY));
            let pk = copy.next_pk();
            copy.row()
                .put(pk)
                .put(rng.uuid())
                .put(member.subject.as_ref())
                .put(member.role)
                .put(if member.subject.is_some() { "active" } else { "pending" })
                .put(member.is_default)
                .put(created)
                .put(joined)
                .put(member.left.then_some(joined))
                .put(tenant.people.at(member.person))
                .put(tenant.pk);
            copy.pace().await?;
        }
    }
    for index in 0..2 {
        let mut rng = world.rng(Stream::Membership, [-1, index, 0]);
        let created = world.now.minus(200 * DAY);
        let pk = copy.next_pk();
        copy.row()
            .put(pk)
            .put(rng.uuid())
            .put("owner@acme")
            .put("owner")
            .put("active")
            .put(false)
            .put(created)
            .put(created)
            .put(None::<Time>)
            .put(None::<i32>)
            .put(closed_pk(world, index));
    }
    copy.finish().await
}

pub(super) const API_KEYS: &str = "pk, api_key_id, name, key_hash, key_hint, role, last_used_at, expires_at, \
    created_at, updated_at, deleted_at, person_pk, workspace_pk";

pub(super) async fn write_api_keys(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    for tenant in &world.tenants {
        for (index, (name, role)) in
            [(0, ("Sync pipeline", "service")), (1, ("Reporting export", "member")), (2, ("Old pipeline", "service"))]
        {
            let mut rng = world.rng(Stream::ApiKey, [tenant.index, index, 0]);
            let created = world.now.minus(100 * DAY - rng.between(0, 9 * DAY));
            let expires = match index {
                0 => None,
                1 => Some(world.now.minus(4 * DAY)),
                _ => Some(world.now.plus(265 * DAY)),
            };
            let used = match index {
                0 => world.now.minus(rng.between(0, HOUR)),
                1 => world.now.minus(5 * DAY),
                _ => world.now.minus(41 * DAY),
            };
            let revoked = (index == 2).then(|| world.now.minus(40 * DAY));
            let hash: Vec<u8> = [rng.bytes(), rng.bytes()].concat();
            let hint: String = rng.hex().chars().take(4).collect();
            let pk = copy.next_pk();
            copy.row()
                .put(pk)
                .put(rng.uuid())
                .put(name)
                .put(hash.as_slice())
                .put(hint)
                .put(role)
                .put(used)
                .put(expires)
                .put(created)
                .put(revoked.unwrap_or(created))
                .put(revoked)
                .put((index == 1).then_some(tenant.people.first))
                .put(tenant.pk);
            copy.pace().await?;
        }
    }
    copy.finish().await
}
