//! What there is to connect, and what the demo workspaces have connected.

/// What a tool is for, which decides what it is mapped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Accounting,
    Bank,
    Payments,
    Mail,
    Storage,
    Crm,
    Commerce,
    Social,
}

impl Kind {
    pub(super) fn category(self) -> &'static str {
        match self {
            Self::Accounting => "accounting",
            Self::Bank => "banking",
            Self::Payments => "payments",
            Self::Mail => "email",
            Self::Storage => "storage",
            Self::Crm => "crm",
            Self::Commerce => "ecommerce",
            Self::Social => "social",
        }
    }

    pub(super) fn domains(self) -> &'static [&'static str] {
        match self {
            Self::Accounting => &["invoices", "contacts", "ledger"],
            Self::Bank => &["accounts", "transactions"],
            Self::Payments => &["transactions", "invoices"],
            Self::Mail => &["emails", "documents"],
            Self::Storage => &["documents"],
            Self::Crm => &["companies", "contacts"],
            Self::Commerce => &["orders", "invoices"],
            Self::Social => &["contacts"],
        }
    }
}

/// A connector of the catalogue.
pub(super) struct Entry {
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) provider: &'static str,
    pub(super) kind: Kind,
    pub(super) direction: &'static str,
    pub(super) status: &'static str,
    /// The workspace it is private to.
    pub(super) owner: Option<&'static str>,
    pub(super) deleted: bool,
}

const fn entry(slug: &'static str, name: &'static str, provider: &'static str, kind: Kind) -> Entry {
    let direction = if matches!(kind, Kind::Storage) { "output" } else { "input" };
    Entry { slug, name, provider, kind, direction, status: "available", owner: None, deleted: false }
}

impl Entry {
    const fn with_status(mut self, status: &'static str) -> Self {
        self.status = status;
        self
    }

    const fn private_to(mut self, owner: &'static str) -> Self {
        self.owner = Some(owner);
        self
    }

    const fn deleted(mut self) -> Self {
        self.deleted = true;
        self
    }
}

pub(super) static CATALOGUE: [Entry; 28] = [
    entry("pennylane", "Pennylane", "chift", Kind::Accounting),
    entry("xero", "Xero", "apideck", Kind::Accounting),
    entry("quickbooks", "QuickBooks Online", "apideck", Kind::Accounting),
    entry("sage", "Sage Business Cloud", "chift", Kind::Accounting),
    entry("odoo", "Odoo", "chift", Kind::Accounting),
    entry("exact-online", "Exact Online", "chift", Kind::Accounting),
    entry("datev", "DATEV", "chift", Kind::Accounting).with_status("maintenance"),
    entry("netsuite", "NetSuite", "apideck", Kind::Accounting).with_status("coming_soon"),
    entry("qonto", "Qonto", "well", Kind::Bank),
    entry("plaid-eu", "European banks", "plaid_eu", Kind::Bank),
    entry("plaid-us", "US banks", "plaid_us", Kind::Bank),
    entry("stripe", "Stripe", "well", Kind::Payments),
    entry("gocardless", "GoCardless", "well", Kind::Payments).with_status("coming_soon"),
    entry("gmail", "Gmail", "well", Kind::Mail),
    entry("outlook", "Outlook", "well", Kind::Mail),
    entry("google-drive", "Google Drive", "well", Kind::Storage),
    entry("sharepoint", "SharePoint", "apideck", Kind::Storage),
    entry("dropbox", "Dropbox", "apideck", Kind::Storage).with_status("unavailable"),
    entry("hubspot", "HubSpot", "apideck", Kind::Crm),
    entry("salesforce", "Salesforce", "apideck", Kind::Crm).with_status("maintenance"),
    entry("shopify", "Shopify", "chift", Kind::Commerce),
    entry("linkedin", "LinkedIn", "well", Kind::Social),
    entry("sage-50", "Sage 50 (desktop)", "chift", Kind::Accounting).deleted(),
    entry("box", "Box", "apideck", Kind::Storage).with_status("unavailable").deleted(),
    entry("acme-erp", "Acme ERP", "well", Kind::Accounting).private_to("acme"),
    entry("acme-archive", "Acme document archive", "well", Kind::Storage).private_to("acme"),
    entry("acme-erp-v1", "Acme ERP (old)", "well", Kind::Accounting).private_to("acme").deleted(),
    entry("globex-treasury", "Globex Treasury", "well", Kind::Bank).private_to("globex"),
];

/// How the runs of a connection go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One attempt is enough, nearly always.
    Healthy,
    /// Fails now and then, and gets through on a retry.
    Flaky,
    /// Every other run fails for good.
    Degraded,
    /// Went well until a few runs ago; every attempt has failed since.
    Failing,
    /// The authorisation ran out three days ago, and runs stopped.
    Expired,
    /// Runs stopped five days ago, over an unpaid bill.
    Suspended,
    /// Somebody switched it off nine days ago.
    Stopped,
    /// The newest run has been at work for five hours.
    Hung,
    /// The newest run was scheduled two hours ago and nobody picked it up.
    Stuck,
    /// Runs succeed and bring nothing.
    Silent,
    /// Connected minutes ago; the first run is at work.
    Fresh,
    /// Never run.
    Idle,
    /// Run by people through collects only.
    Collected,
}

/// A connection as it is in every workspace of a pattern.
pub(super) struct Template {
    pub(super) slug: &'static str,
    /// `{}` stands for the workspace's external id.
    pub(super) label: Option<&'static str>,
    pub(super) status: &'static str,
    pub(super) shape: Shape,
    /// Planned runs in four weeks.
    pub(super) slots: i32,
    pub(super) age_days: i32,
    pub(super) deleted: bool,
}

const fn connected(
    slug: &'static str,
    label: &'static str,
    status: &'static str,
    shape: Shape,
    (slots, age_days): (i32, i32),
) -> Template {
    Template { slug, label: Some(label), status, shape, slots, age_days, deleted: false }
}

impl Template {
    const fn unnamed(mut self) -> Self {
        self.label = None;
        self
    }

    const fn deleted(mut self) -> Self {
        self.deleted = true;
        self
    }

    /// Whether a larger workspace has several of it.
    pub(super) fn repeats(&self) -> bool {
        !self.deleted
            && self.shape != Shape::Collected
            && !self.slug.starts_with("acme")
            && self.slug != "globex-treasury"
    }
}

pub(super) static ACME: [Template; 16] = [
    connected("pennylane", "Acme SAS", "enabled", Shape::Healthy, (56, 190)),
    connected("qonto", "Compte courant {}", "enabled", Shape::Healthy, (84, 180)),
    connected("stripe", "{} payments", "enabled", Shape::Flaky, (56, 150)),
    connected("gmail", "finance@{}.example", "enabled", Shape::Hung, (84, 140)),
    connected("google-drive", "Shared drive / Finance", "enabled", Shape::Healthy, (56, 140)),
    connected("outlook", "old-invoices@{}.example", "enabled", Shape::Silent, (56, 60)),
    connected("linkedin", "Olivia Martin", "enabled", Shape::Collected, (0, 90)),
    connected("hubspot", "{} sales", "degraded", Shape::Degraded, (40, 120)),
    connected("xero", "{} UK Ltd", "need_reconnect", Shape::Expired, (36, 100)),
    connected("sage", "{} Iberia", "error", Shape::Failing, (32, 75)),
    connected("shopify", "{} shop", "processing", Shape::Fresh, (1, 0)),
    connected("odoo", "", "to_configure", Shape::Idle, (0, 2)).unnamed(),
    connected("plaid-eu", "{} savings", "suspended", Shape::Suspended, (28, 110)),
    connected("quickbooks", "{} Inc.", "disabled", Shape::Stopped, (24, 170)),
    connected("acme-erp", "Production", "enabled", Shape::Stuck, (84, 130)),
    connected("gmail", "invoices@{}.example", "disabled", Shape::Stopped, (20, 195)).deleted(),
];

pub(super) static GLOBEX: [Template; 11] = [
    connected("qonto", "{} main account", "enabled", Shape::Healthy, (84, 160)),
    connected("qonto", "{} payroll account", "enabled", Shape::Stuck, (84, 159)),
    connected("xero", "{} Corporation", "enabled", Shape::Healthy, (56, 155)),
    connected("stripe", "{} subscriptions", "enabled", Shape::Flaky, (56, 100)),
    connected("outlook", "accounts@{}.example", "enabled", Shape::Hung, (84, 150)),
    connected("sharepoint", "Finance library", "enabled", Shape::Healthy, (56, 120)),
    connected("gmail", "archive@{}.example", "enabled", Shape::Silent, (56, 45)),
    connected("salesforce", "{} production", "error", Shape::Failing, (40, 80)),
    connected("plaid-us", "{} checking", "need_reconnect", Shape::Expired, (32, 70)),
    connected("exact-online", "", "to_configure", Shape::Idle, (0, 1)).unnamed(),
    connected("quickbooks", "{} (old books)", "disabled", Shape::Stopped, (28, 200)).deleted(),
];

pub(super) static INITECH: [Template; 12] = [
    connected("quickbooks", "{} LLC", "enabled", Shape::Healthy, (56, 120)),
    connected("plaid-us", "{} operating account", "enabled", Shape::Hung, (84, 115)),
    connected("gmail", "ap@{}.example", "enabled", Shape::Healthy, (84, 110)),
    connected("google-drive", "{} receipts", "enabled", Shape::Flaky, (56, 90)),
    connected("hubspot", "{} CRM", "enabled", Shape::Stuck, (84, 85)),
    connected("shopify", "{} store", "enabled", Shape::Silent, (56, 40)),
    connected("stripe", "{} billing", "enabled", Shape::Healthy, (56, 6)),
    connected("sage", "{} Ireland", "degraded", Shape::Degraded, (40, 65)),
    connected("pennylane", "{} France", "processing", Shape::Fresh, (1, 0)),
    connected("xero", "{} Pty", "suspended", Shape::Suspended, (24, 95)),
    connected("odoo", "", "to_configure", Shape::Idle, (0, 3)).unnamed(),
    connected("outlook", "old@{}.example", "disabled", Shape::Stopped, (28, 180)).deleted(),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ACME, CATALOGUE, GLOBEX, INITECH, Shape};

    #[test]
    fn every_connection_is_of_the_catalogue() {
        let slugs: BTreeSet<_> = CATALOGUE.iter().map(|entry| entry.slug).collect();
        assert_eq!(slugs.len(), CATALOGUE.len());
        for template in ACME.iter().chain(&GLOBEX).chain(&INITECH) {
            assert!(slugs.contains(template.slug), "{}", template.slug);
        }
    }

    #[test]
    fn every_pattern_has_its_troubles() {
        for pattern in [ACME.as_slice(), &GLOBEX, &INITECH] {
            for shape in [Shape::Hung, Shape::Stuck, Shape::Silent, Shape::Healthy, Shape::Flaky] {
                assert!(pattern.iter().any(|template| template.shape == shape && !template.deleted), "{shape:?}");
            }
        }
    }
}
