//! Documents, and where they came from and went to.

use super::SeedError;
use super::catalogue::{Kind, Shape};
use super::collects;
use super::copy::{DAY, HOUR, MINUTE, SECOND, TableCopy, Time};
use super::rng::Rng;
use super::runs;
use super::world::{Connection, Stream, Tenant, WINDOW, World};

/// Name, `UN/EDIFACT` code and share of a hundred.
const KINDS: [(&str, Option<&str>, i32); 10] = [
    ("invoice", Some("380"), 44),
    ("credit-note", Some("381"), 9),
    ("debit-note", Some("383"), 3),
    ("prepayment-invoice", Some("386"), 4),
    ("proforma", Some("325"), 5),
    ("purchase-order", Some("220"), 8),
    ("quote", Some("310"), 5),
    ("contract", Some("315"), 4),
    ("despatch-advice", Some("351"), 4),
    ("receipt", None, 14),
];
const FORMATS: [(&str, &str); 8] = [
    ("pdf", "application/pdf"),
    ("pdf", "application/pdf"),
    ("pdf", "application/pdf"),
    ("pdf", "application/pdf"),
    ("jpg", "image/jpeg"),
    ("png", "image/png"),
    ("xml", "application/xml"),
    ("csv", "text/csv"),
];
const SUPPLIERS: [&str; 14] = [
    "orange",
    "aws",
    "ovh",
    "edf",
    "figma",
    "notion",
    "sncf",
    "lufthansa",
    "ikea",
    "adobe",
    "dhl",
    "wework",
    "google-cloud",
    "müller",
];

/// One document, as far as its links depend on it.
struct Document {
    rng: Rng,
    created: Time,
    status: &'static str,
    collect: Option<i32>,
    /// The place of its source among [`Ends::sources`]; a document of a collect may have none.
    source: Option<usize>,
}

/// The connections that documents of a workspace come from and go to.
struct Ends {
    sources: Vec<Connection>,
    targets: Vec<Connection>,
    social: Option<usize>,
}

impl Ends {
    fn of(world: &World, tenant: &Tenant) -> Self {
        let bears =
            |shape| !matches!(shape, Shape::Silent | Shape::Idle | Shape::Fresh | Shape::Failing | Shape::Collected);
        let receives = |connection: &Connection| {
            connection.deleted.is_none()
                && matches!(connection.shape, Shape::Healthy | Shape::Flaky)
                && matches!(connection.kind, Kind::Storage | Kind::Accounting)
        };
        let connections = world.connections(tenant);
        let targets = world.connections(tenant).into_iter().filter(receives).collect();
        let (collected, mut sources): (Vec<_>, Vec<_>) = connections
            .into_iter()
            .filter(|connection| {
                connection.shape == Shape::Collected || bears(connection.shape) && connection.kind != Kind::Crm
            })
            .partition(|connection| connection.shape == Shape::Collected);
        let social = (!collected.is_empty()).then_some(sources.len());
        sources.extend(collected);
        Self { sources, targets, social }
    }

    fn document(&self, world: &World, tenant: &Tenant, index: i32) -> Document {
        let mut rng = world.rng(Stream::Document, [tenant.index, index, 0]);
        let status = match index % 40 {
            3 => "pending",
            9 => "extracting",
            15 | 31 => "categorized",
            21 => "skipped",
            27 => "failed",
            36 => "rejected",
            _ => "extracted",
        };
        if index % 8 == 5 {
            let which = rng.below(tenant.collects.count);
            let collect = collects::at(world, tenant, which);
            if let Some(started) = collect.started {
                let end = collect.ended.unwrap_or(world.now);
                let created = started.plus(rng.between(0, end.since(started).max(1)));
                let source = self.social.filter(|_| collect.provider == Some("linkedin"));
                return Document { rng, created, status, collect: Some(tenant.collects.at(which)), source };
            }
        }
        // Position in time follows position in the table, roughly.
        let place = rng.below(i32::try_from(self.sources.len()).unwrap_or(0));
        let source = usize::try_from(place).ok().filter(|place| Some(*place) != self.social);
        let run = source.and_then(|place| self.sources.get(place)).and_then(|connection| {
            let slot = i64::from(connection.slots) * i64::from(index) / i64::from(tenant.documents.count.max(1));
            runs::success_from(world, connection, i32::try_from(slot).unwrap_or(0))
        });
        let Some((started, completed)) = run.and_then(|run| run.started.zip(run.completed)) else {
            // Uploaded by a person.
            let ago = WINDOW / i64::from(tenant.documents.count + 1) * i64::from(tenant.documents.count - index);
            return Document { rng, created: world.now.minus(ago), status, collect: None, source: None };
        };
        let created = started.plus(rng.between(0, completed.since(started).max(1)));
        Document { rng, created, status, collect: None, source }
    }
}

fn kind(rng: &mut Rng) -> (&'static str, Option<&'static str>) {
    let mut chance = rng.below(100);
    for (name, code, share) in KINDS {
        if chance < share {
            return (name, code);
        }
        chance -= share;
    }
    ("document", None)
}

pub(super) const DOCUMENTS: &str = "pk, document_id, filename, type, size, document_type, processing_status, \
    content_checksum, bucket, path, uploaded_at, created_at, updated_at, deleted_at, workspace_pk, collect_pk";

pub(super) async fn write_documents(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    for tenant in &world.tenants {
        let ends = Ends::of(world, tenant);
        for index in 0..tenant.documents.count {
            let Document { mut rng, created, status, collect, .. } = ends.document(world, tenant, index);
            let id = rng.uuid();
            let (name, code) = kind(&mut rng);
            let (extension, mime) = rng.pick(&FORMATS);
            let filename = format!("{name}_{}_{:05}.{extension}", rng.pick(&SUPPLIERS), rng.below(100_000));
            let path = format!("{}/{id}/{filename}", tenant.external);
            let read = matches!(status, "categorized" | "extracted" | "rejected");
            let size =
                if rng.percent(1) { rng.between(2_500_000_000, 4_000_000_000) } else { rng.between(900, 6_000_000) };
            let uploaded = created.plus(rng.between(0, SECOND));
            let changed = uploaded.plus(rng.between(0, 20 * SECOND)).min(world.now);
            let deleted = (index % 50 == 44).then(|| created.plus(rng.between(HOUR, 3 * DAY)).min(world.now));
            let checksum = [rng.hex(), rng.hex(), rng.hex(), rng.hex()].concat();
            copy.row()
                .put(tenant.documents.at(index))
                .put(id)
                .put(&filename)
                .put(mime)
                .put(size)
                .put(code.filter(|_| read))
                .put(status)
                .put((status != "pending").then_some(checksum))
                .put("well-documents-demo")
                .put(path)
                .put(uploaded)
                .put(created)
                .put(deleted.unwrap_or(changed))
                .put(deleted)
                .put(tenant.pk)
                .put(collect);
            copy.pace().await?;
        }
    }
    copy.finish().await
}

pub(super) const LINKS: &str = "pk, direction, created_at, updated_at, deleted_at, document_pk, workspace_connector_pk";

pub(super) async fn write_links(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    for tenant in &world.tenants {
        let ends = Ends::of(world, tenant);
        for index in 0..tenant.documents.count {
            let document = ends.document(world, tenant, index);
            let mut rng = world.rng(Stream::Document, [tenant.index, index, 1]);
            let mut link = |direction: &str, connection: &Connection, after: i64, withdrawn: bool| {
                let created = document.created.plus(after).min(world.now);
                let deleted = withdrawn.then(|| created.plus(HOUR).min(world.now));
                let pk = copy.next_pk();
                copy.row()
                    .put(pk)
                    .put(direction)
                    .put(created)
                    .put(deleted.unwrap_or(created))
                    .put(deleted)
                    .put(tenant.documents.at(index))
                    .put(connection.pk);
            };
            if let Some(source) = document.source.and_then(|place| ends.sources.get(place)) {
                link("input", source, rng.between(0, SECOND), index % 60 == 17);
                // The same document found again, by the next run or through another connection.
                if rng.percent(3) {
                    link("input", source, rng.between(HOUR, DAY), false);
                } else if rng.percent(3)
                    && let Some(other) = rng.choose(&ends.sources)
                {
                    link("input", other, rng.between(MINUTE, HOUR), false);
                }
            }
            if document.status == "extracted" && rng.percent(35) {
                let times = if rng.percent(15) { 1 + rng.below(3) } else { 1 };
                for _ in 0..times {
                    if let Some(target) = rng.choose(&ends.targets) {
                        link("output", target, rng.between(10 * SECOND, 3 * HOUR), index % 60 == 47);
                    }
                }
            }
            copy.pace().await?;
        }
    }
    copy.finish().await
}
