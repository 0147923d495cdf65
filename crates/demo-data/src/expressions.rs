//! What the demo connections are mapped with.

use super::catalogue::Kind;

/// A mapping as every connection of a kind has it.
pub(super) struct Pattern {
    pub(super) kind: Kind,
    pub(super) target: &'static str,
    pub(super) tool: &'static str,
    pub(super) expression: &'static str,
    /// A JSON array.
    pub(super) key_paths: &'static str,
    /// JSON.
    pub(super) tool_args: Option<&'static str>,
    /// JSON; none is one page.
    pub(super) pagination: Option<&'static str>,
    pub(super) instructions: Option<&'static str>,
}

const fn pattern(kind: Kind, target: &'static str, tool: &'static str) -> Pattern {
    Pattern {
        kind,
        target,
        tool,
        expression: "$",
        key_paths: "[]",
        tool_args: None,
        pagination: None,
        instructions: None,
    }
}

impl Pattern {
    const fn expression(mut self, expression: &'static str, key_paths: &'static str) -> Self {
        self.expression = expression;
        self.key_paths = key_paths;
        self
    }

    const fn called(mut self, tool_args: &'static str, pagination: Option<&'static str>) -> Self {
        self.tool_args = Some(tool_args);
        self.pagination = pagination;
        self
    }

    /// The expression and the key paths as they were before the tool gave its last value.
    pub(super) fn former(&self) -> (String, String) {
        let key_paths =
            self.key_paths.rfind(',').map_or_else(|| "[]".to_owned(), |end| format!("{}]", &self.key_paths[..end]));
        (without_last_member(self.expression).unwrap_or_else(|| self.expression.to_owned()), key_paths)
    }

    const fn hint(mut self, instructions: &'static str) -> Self {
        self.instructions = Some(instructions);
        self
    }
}

/// An expression that ends with an object, without the last member of it; nothing when that is not a simple one.
fn without_last_member(expression: &str) -> Option<String> {
    let members = expression.strip_suffix('}')?;
    let end = members.rfind(",\n  \"").or_else(|| members.rfind(", \""))?;
    let last = &members[end..];
    let count = |brackets: [char; 3]| last.matches(brackets).count();
    let rest = &members[members.trim_end().len()..];
    (count(['(', '[', '{']) == count([')', ']', '}'])).then(|| format!("{}{rest}}}", &members[..end]))
}

const BY_PAGE: Option<&str> =
    Some(r#"{"type":"page","page_param":"page","per_page_param":"per_page","per_page":100,"start":1}"#);
const BY_CURSOR: Option<&str> = Some(
    r#"{"type":"cursor","cursor_param":"starting_after","cursor_path":"data[-1].id","per_page_param":"limit","per_page":100,"has_more_path":"has_more"}"#,
);
const BY_OFFSET: Option<&str> =
    Some(r#"{"type":"offset","page_param":"offset","per_page_param":"limit","per_page":50,"total_path":"meta.total"}"#);
const BY_TOKEN: Option<&str> = Some(
    r#"{"type":"token","page_param":"pageToken","next_path":"nextPageToken","per_page_param":"maxResults","per_page":200}"#,
);

pub(super) static PATTERNS: [Pattern; 20] = [
    pattern(Kind::Accounting, "company", "list_suppliers")
        .expression(
            r#"suppliers.{
  "external_id": $string(id),
  "name": name,
  "vat_number": $uppercase($replace(vat_number, " ", "")),
  "country": country_alpha2,
  "emails": emails[$contains("@")]
}"#,
            r#"["suppliers","suppliers.id","suppliers.name","suppliers.vat_number","suppliers.country_alpha2","suppliers.emails"]"#,
        )
        .called(r#"{"filter":[{"field":"is_active","operator":"eq","value":true}]}"#, BY_PAGE),
    pattern(Kind::Accounting, "invoice", "list_invoices")
        .expression(
            r#"invoices[status != "draft"].{
  "external_id": $string(id),
  "number": invoice_number,
  "issued_on": date,
  "due_on": deadline,
  "currency": currency ? currency : "EUR",
  "total": $number(amount),
  "total_tax": $sum(line_items.tax_amount),
  "supplier": { "external_id": $string(supplier.id) },
  "lines": [line_items.{ "label": label, "quantity": quantity, "unit_price": unit_price }]
}"#,
            r#"["invoices","invoices.id","invoices.invoice_number","invoices.date","invoices.deadline","invoices.currency","invoices.amount","invoices.status","invoices.supplier.id","invoices.line_items.label","invoices.line_items.tax_amount"]"#,
        )
        .called(r#"{"updated_since":"{{last_sync}}","include":["line_items","supplier"]}"#, BY_PAGE)
        .hint("Drafts are not invoices. Amounts are tax included."),
    pattern(Kind::Accounting, "ledger_account", "list_ledger_accounts")
        .expression(
            r#"plan_items[enabled].{ "number": number, "label": label, "class": $substring(number, 0, 1) }"#,
            r#"["plan_items","plan_items.number","plan_items.label","plan_items.enabled"]"#,
        )
        .called(r#"{"fiscal_year":"current"}"#, None),
    pattern(Kind::Accounting, "journal", "list_journals")
        .expression(
            r#"journals.{ "code": code, "label": label, "type": $lookup({"VE": "sale", "HA": "purchase", "BQ": "bank"}, code) }"#,
            r#"["journals","journals.code","journals.label"]"#,
        )
        .called("{}", None),
    pattern(Kind::Accounting, "journal_entry", "list_ledger_entries")
        .expression(
            r#"$map(ledger_entries, function($entry) {
  $entry.lines.{
    "entry": $string($entry.id),
    "journal": $entry.journal.code,
    "date": $entry.date,
    "account": plan_item_number,
    "debit": $number(debit),
    "credit": $number(credit)
  }
})"#,
            r#"["ledger_entries","ledger_entries.id","ledger_entries.date","ledger_entries.journal.code","ledger_entries.lines.plan_item_number","ledger_entries.lines.debit","ledger_entries.lines.credit"]"#,
        )
        .called(r#"{"from":"{{window_start}}","to":"{{window_end}}"}"#, BY_OFFSET),
    pattern(Kind::Accounting, "invoice_transaction", "list_invoice_matches")
        .expression(
            r#"matched_transactions.{ "invoice": $string(invoice_id), "transaction": $string(transaction_id), "amount": $number(amount) }"#,
            r#"["matched_transactions","matched_transactions.invoice_id","matched_transactions.transaction_id","matched_transactions.amount"]"#,
        )
        .called(r#"{"state":"confirmed"}"#, BY_PAGE),
    pattern(Kind::Bank, "account", "list_accounts")
        .expression(
            r#"organization.bank_accounts.{
  "external_id": slug,
  "iban": iban,
  "bic": bic,
  "currency": currency,
  "balance": balance_cents / 100
}"#,
            r#"["organization","organization.bank_accounts.slug","organization.bank_accounts.iban","organization.bank_accounts.bic","organization.bank_accounts.currency","organization.bank_accounts.balance_cents"]"#,
        )
        .called("{}", None),
    pattern(Kind::Bank, "transaction", "list_transactions")
        .expression(
            r#"transactions[status = "completed"].{
  "external_id": transaction_id,
  "booked_at": settled_at,
  "amount": side = "debit" ? -amount : amount,
  "currency": currency,
  "label": $trim(label),
  "counterparty": counterparty.name
}"#,
            r#"["transactions","transactions.transaction_id","transactions.settled_at","transactions.side","transactions.amount","transactions.currency","transactions.label","transactions.status"]"#,
        )
        .called(r#"{"settled_at_from":"{{last_sync}}","status":["completed"]}"#, BY_PAGE)
        .hint("Card authorisations that were never settled must not appear."),
    pattern(Kind::Bank, "payment_means", "list_cards")
        .expression(
            r#"cards.{ "external_id": id, "kind": "card", "last_digits": last_digits, "holder": holder.name }"#,
            r#"["cards","cards.id","cards.last_digits","cards.holder.name"]"#,
        )
        .called(r#"{"states":["live"]}"#, BY_PAGE),
    pattern(Kind::Payments, "transaction", "list_balance_transactions")
        .expression(
            r#"data.{
  "external_id": id,
  "booked_at": $fromMillis(available_on * 1000),
  "amount": net / 100,
  "fee": fee / 100,
  "currency": $uppercase(currency)
}"#,
            r#"["data","data.id","data.available_on","data.net","data.fee","data.currency","has_more"]"#,
        )
        .called(r#"{"type":"charge","expand":["data.source"]}"#, BY_CURSOR),
    pattern(Kind::Payments, "invoice_transaction", "list_charges")
        .expression(
            r#"data[invoice and paid].{ "invoice": invoice, "transaction": balance_transaction, "amount": amount / 100 }"#,
            r#"["data","data.invoice","data.balance_transaction","data.amount","data.paid","has_more"]"#,
        )
        .called(r#"{"limit":100}"#, BY_CURSOR),
    pattern(Kind::Payments, "payment_means", "list_payment_methods")
        .expression(
            r#"data.{ "external_id": id, "kind": type, "last_digits": card.last4, "expires": card.exp_year & "-" & card.exp_month }"#,
            r#"["data","data.id","data.type","data.card.last4","data.card.exp_year","data.card.exp_month"]"#,
        )
        .called(r#"{"limit":100}"#, BY_CURSOR),
    pattern(Kind::Mail, "email", "search_messages")
        .expression(
            r#"messages.{
  "external_id": id,
  "thread": threadId,
  "subject": payload.headers[name = "Subject"].value,
  "from": payload.headers[name = "From"].value,
  "received_at": $fromMillis($number(internalDate))
}"#,
            r#"["messages","messages.id","messages.threadId","messages.internalDate","messages.payload.headers.name","messages.payload.headers.value","nextPageToken"]"#,
        )
        .called(r#"{"q":"has:attachment newer_than:2d"}"#, BY_TOKEN),
    pattern(Kind::Mail, "document", "get_attachments")
        .expression(
            r#"attachments[size < 26214400].{ "external_id": attachmentId, "filename": filename, "type": mimeType, "size": size }"#,
            r#"["attachments","attachments.attachmentId","attachments.filename","attachments.mimeType","attachments.size"]"#,
        )
        .called(r#"{"types":["application/pdf","image/jpeg"]}"#, None),
    pattern(Kind::Storage, "document", "list_files")
        .expression(
            r#"files[trashed = false].{ "external_id": id, "filename": name, "type": mimeType, "size": $number(size), "modified_at": modifiedTime }"#,
            r#"["files","files.id","files.name","files.mimeType","files.size","files.modifiedTime","files.trashed","nextPageToken"]"#,
        )
        .called(r#"{"corpora":"drive","orderBy":"modifiedTime desc"}"#, BY_TOKEN),
    pattern(Kind::Crm, "company", "list_companies")
        .expression(
            r#"results.{ "external_id": id, "name": properties.name, "domain": properties.domain, "country": properties.country }"#,
            r#"["results","results.id","results.properties.name","results.properties.domain","results.properties.country","paging.next.after"]"#,
        )
        .called(r#"{"properties":["name","domain","country"]}"#, BY_CURSOR),
    pattern(Kind::Crm, "people", "list_contacts")
        .expression(
            r#"results.{
  "external_id": id,
  "first_name": properties.firstname,
  "last_name": properties.lastname,
  "email": $lowercase(properties.email),
  "company": associations.companies.results[0].id
}"#,
            r#"["results","results.id","results.properties.firstname","results.properties.lastname","results.properties.email","results.associations.companies.results.id"]"#,
        )
        .called(r#"{"properties":["firstname","lastname","email"],"associations":["companies"]}"#, BY_CURSOR)
        .hint("Leave out contacts without an email address."),
    pattern(Kind::Commerce, "invoice", "list_orders")
        .expression(
            r#"orders[financial_status = "paid"].{ "external_id": $string(id), "number": name, "issued_on": $substring(created_at, 0, 10), "total": $number(total_price), "currency": currency }"#,
            r#"["orders","orders.id","orders.name","orders.created_at","orders.total_price","orders.currency","orders.financial_status"]"#,
        )
        .called(r#"{"status":"any"}"#, BY_CURSOR),
    pattern(Kind::Commerce, "people", "list_customers")
        .expression(
            r#"customers.{ "external_id": $string(id), "first_name": first_name, "last_name": last_name, "email": email }"#,
            r#"["customers","customers.id","customers.first_name","customers.last_name","customers.email"]"#,
        )
        .called(r#"{"limit":250}"#, BY_CURSOR),
    pattern(Kind::Social, "people", "read_profile")
        .expression(
            r#"profile.{ "external_id": publicIdentifier, "first_name": firstName, "last_name": lastName, "job_title": headline }"#,
            r#"["profile","profile.publicIdentifier","profile.firstName","profile.lastName","profile.headline"]"#,
        ),
];
