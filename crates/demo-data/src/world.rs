//! The plan: which workspaces there are, how large each is, and which primary keys its rows get.
//!
//! Rows of one table name rows of another by these keys, and nothing is asked back from the database. What a row
//! holds follows from the seed and the row's place alone, so every table can be streamed on its own.

use std::collections::HashMap;

use super::catalogue::{ACME, CATALOGUE, Entry, GLOBEX, INITECH, Kind, Shape, Template};
use super::copy::{DAY, HOUR, MINUTE, Time};
use super::rng::Rng;

/// What a [`Rng`] is for, so that two kinds of row at the same place differ.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Workspace,
    Person,
    Membership,
    ApiKey,
    Connector,
    Connection,
    Task,
    Collect,
    Document,
    Run,
    Mapping,
    Diagnostic,
}

/// Consecutive primary keys.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) first: i32,
    pub(super) count: i32,
}

impl Span {
    pub(super) fn at(self, index: i32) -> i32 {
        self.first.saturating_add(index)
    }
}

/// The first key of each table that others point at.
#[derive(Clone, Copy)]
pub(super) struct First {
    pub(super) workspaces: i32,
    pub(super) peoples: i32,
    pub(super) connectors: i32,
    pub(super) workspace_connectors: i32,
    pub(super) tasks: i32,
    pub(super) collects: i32,
    pub(super) documents: i32,
}

/// One workspace and how much is in it.
pub(super) struct Tenant {
    pub(super) index: i32,
    pub(super) pk: i32,
    pub(super) external: String,
    pub(super) name: String,
    /// How many times the usual amount it holds.
    pub(super) volume: i32,
    pub(super) people: Span,
    pub(super) connections: Span,
    pub(super) tasks: Span,
    pub(super) collects: Span,
    pub(super) documents: Span,
    pattern: &'static [Template],
    /// How often it has each connection that repeats.
    copies: i32,
}

/// One connector connected in one workspace.
pub(super) struct Connection {
    pub(super) tenant: i32,
    pub(super) index: i32,
    pub(super) pk: i32,
    pub(super) connector_pk: i32,
    pub(super) slug: &'static str,
    pub(super) kind: Kind,
    pub(super) label: Option<String>,
    pub(super) status: &'static str,
    pub(super) shape: Shape,
    /// Planned runs in the window.
    pub(super) slots: i32,
    /// How many times the usual history it has.
    pub(super) depth: i32,
    pub(super) created: Time,
    pub(super) deleted: Option<Time>,
}

/// Everything there will be.
pub(super) struct World {
    seed: u64,
    pub(super) now: Time,
    pub(super) tenants: Vec<Tenant>,
    /// Where each entry of [`CATALOGUE`] is, and whether it is still to be written.
    pub(super) catalogue: Vec<(&'static Entry, i32, bool)>,
}

/// How far back runs, documents and the rest reach.
pub(super) const WINDOW: i64 = 28 * DAY;

impl World {
    /// `known` are the connectors that the database has already, by service id.
    pub(super) fn plan(seed: u64, now: Time, scale: i32, first: First, known: &HashMap<String, i32>) -> Self {
        let mut next = first;
        let tenants: Vec<Tenant> = sizes(scale)
            .into_iter()
            .zip(0..)
            .map(|(volume, index)| Tenant::plan(seed, index, volume, &mut next))
            .collect();
        let mut connector_pk = first.connectors;
        let catalogue = CATALOGUE
            .iter()
            .map(|entry| {
                let found = known.get(entry.slug).filter(|_| entry.owner.is_none() && !entry.deleted);
                let pk = found.copied().unwrap_or(connector_pk);
                connector_pk += i32::from(found.is_none());
                (entry, pk, found.is_none())
            })
            .collect();
        Self { seed, now, tenants, catalogue }
    }

    pub(super) fn rng(&self, stream: Stream, place: [i32; 3]) -> Rng {
        rng(self.seed, stream, place)
    }

    pub(super) fn connections(&self, tenant: &Tenant) -> Vec<Connection> {
        let repeated = tenant.pattern.iter().filter(|template| template.repeats());
        let more = (1..tenant.copies).flat_map(|copy| repeated.clone().map(move |template| (copy, template)));
        let all = tenant.pattern.iter().map(|template| (0, template)).chain(more);
        all.zip(0..).map(|((copy, template), index)| self.connection(tenant, template, copy, index)).collect()
    }

    fn connection(&self, tenant: &Tenant, template: &'static Template, copy: i32, index: i32) -> Connection {
        let found = self.catalogue.iter().find(|(entry, ..)| entry.slug == template.slug && !entry.deleted);
        let (kind, connector_pk) = found.map_or((Kind::Crm, 0), |(entry, pk, _)| (entry.kind, *pk));
        // Of the many connections of a large workspace most are well.
        let troubled = copy % 4 == 0;
        let (status, shape) = if troubled { (template.status, template.shape) } else { ("enabled", Shape::Healthy) };
        let depth = share(tenant.volume, tenant.copies, copy);
        let slots = match shape {
            Shape::Fresh | Shape::Idle | Shape::Collected => template.slots,
            _ => template.slots.max(40 * i32::from(!troubled)).saturating_mul(depth),
        };
        let mut rng = self.rng(Stream::Connection, [tenant.index, index, 0]);
        let age = match shape {
            Shape::Fresh => 4 * MINUTE,
            _ => i64::from(template.age_days.max(1)) * DAY + rng.between(0, 20 * HOUR),
        };
        let label = template.label.map(|label| {
            let label = label.replace("{}", &tenant.external);
            if copy == 0 { label } else { format!("{label} ({})", copy + 1) }
        });
        Connection {
            tenant: tenant.index,
            index,
            pk: tenant.connections.at(index),
            connector_pk,
            slug: template.slug,
            kind,
            label,
            status,
            shape,
            slots,
            depth,
            created: self.now.minus(age),
            deleted: template.deleted.then(|| self.now.minus(3 * DAY + rng.between(0, 5 * DAY))),
        }
    }
}

impl Tenant {
    fn plan(seed: u64, index: i32, volume: i32, next: &mut First) -> Self {
        let mut rng = rng(seed, Stream::Workspace, [index, 1, 0]);
        let (external, name) = match index {
            0 => ("acme".to_owned(), "Acme".to_owned()),
            1 => ("globex".to_owned(), "Globex Corporation".to_owned()),
            2 => ("initech".to_owned(), "Initech".to_owned()),
            _ => {
                let name = format!("{} {}", rng.pick(&FIRST_NAMES), rng.pick(&SECOND_NAMES));
                (format!("w-{:04}", index - 2), name)
            }
        };
        let pattern: &'static [Template] = match index {
            0 => &ACME,
            1 => &GLOBEX,
            2 => &INITECH,
            _ if rng.percent(50) => &GLOBEX,
            _ => &INITECH,
        };
        let copies = volume.isqrt().max(1);
        let count = |items: usize| i32::try_from(items).unwrap_or(i32::MAX);
        let repeated = count(pattern.iter().filter(|template| template.repeats()).count());
        let take = |first: &mut i32, count: i32| {
            let span = Span { first: *first, count };
            *first = first.saturating_add(count);
            span
        };
        Self {
            index,
            pk: take(&mut next.workspaces, 1).first,
            external,
            name,
            volume,
            people: take(&mut next.peoples, 12 * volume),
            connections: take(&mut next.workspace_connectors, count(pattern.len()) + (copies - 1) * repeated),
            tasks: take(&mut next.tasks, 25 * volume),
            collects: take(&mut next.collects, 20 * volume),
            documents: take(&mut next.documents, 120 * volume),
            pattern,
            copies,
        }
    }
}

/// Half of what is more than usual makes the three named workspaces larger, the other half makes more workspaces of
/// the usual size: together three times `scale`.
fn sizes(scale: i32) -> Vec<i32> {
    let large = 1 + (scale - 1) / 2;
    let others = usize::try_from(3 * (scale - large)).unwrap_or(0);
    [large; 3].into_iter().chain(std::iter::repeat_n(1, others)).collect()
}

/// The part of a whole that falls to one of several.
pub(super) fn share(whole: i32, parts: i32, index: i32) -> i32 {
    whole / parts + i32::from(index < whole % parts)
}

fn rng(seed: u64, stream: Stream, [a, b, c]: [i32; 3]) -> Rng {
    Rng::of(seed, [stream as i32, a, b, c])
}

const FIRST_NAMES: [&str; 12] = [
    "Northwind",
    "Umbrella",
    "Stark",
    "Wayne",
    "Hooli",
    "Vandelay",
    "Wonka",
    "Soylent",
    "Tyrell",
    "Cyberdyne",
    "Gringotts",
    "Oceanic",
];
const SECOND_NAMES: [&str; 8] =
    ["Trading", "Industries", "Logistics", "Consulting", "Foods", "Studio", "Partners", "Energy"];

#[cfg(test)]
mod tests {
    use super::{share, sizes};

    #[test]
    fn a_scale_multiplies_the_whole() {
        for scale in [1, 2, 3, 10, 1_001] {
            assert_eq!(sizes(scale).iter().sum::<i32>(), 3 * scale);
        }
        assert_eq!(sizes(1), [1, 1, 1]);
        assert_eq!(sizes(2), [1, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn shares_make_up_the_whole() {
        assert_eq!((0..4).map(|index| share(10, 4, index)).collect::<Vec<_>>(), [3, 3, 2, 2]);
    }
}
