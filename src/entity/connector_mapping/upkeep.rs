//! What syncs find out about a mapping: what was kept of what it produced, and whether its tool's schema is the same.

use std::collections::HashSet;

use diesel::prelude::*;

use super::ConnectorMapping;
use super::checks::{check_fingerprint, check_key_paths};
use super::input::{CompareConnectorMappingSchemaInput, RecordConnectorMappingPersistCountInput};
use super::mutation::SchemaComparison;
use super::rules::same_triple;
use crate::auth::Access;
use crate::db::condition::Condition;
use crate::db::schema::core_api::connector_mappings as mappings;
use crate::db::scope::{Identified, Owned, Scope, Window};
use crate::db::statement::Term;
use crate::db::tx::Tx;
use crate::entity::macros::record;
use crate::id::Id;
use crate::mutation::{self, MutationError, MutationResult, UserError};
use crate::scalar::{DateTime, Json};

/// A count that was noted.
#[derive(Debug)]
pub(super) struct Recorded {
    pub mapping: ConnectorMapping,
    pub regression: bool,
}

/// Notes how many entities a sync kept.
pub(super) async fn record(scope: &Scope, input: RecordConnectorMappingPersistCountInput) -> MutationResult<Recorded> {
    scope.require(Access::Service)?;
    if input.persist_count < 0 {
        return Err(UserError::bad_input("persistCount", "`persistCount` must not be negative.").into());
    }
    let none = input.persist_count == 0;
    let mut tx = scope.begin().await?;
    let unchanged = |mapping| Recorded { mapping, regression: false };
    let mapping = locked(&mut tx, input.id, input.expected_updated_at, unchanged).await?;
    let regression = none && count_before(&mut tx, &mapping).await?.is_some_and(|count| count > 0);
    let changes =
        (mappings::last_persist_count.eq(input.persist_count), none.then(|| mappings::needs_regeneration.eq(true)));
    let mapping = change(&mut tx, mapping, changes).await.map_err(MutationError::of)?;
    tx.commit().await?;
    Ok(Recorded { mapping, regression })
}

/// Mappings that were replaced one by another without a sync, over which a count is looked for at the most.
const LOOKED_BACK: usize = 100;

/// What is known of a mapping that ended.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = mappings)]
struct Ended {
    pk: i32,
    last_persist_count: Option<i32>,
    created_at: DateTime,
    deleted_at: Option<DateTime>,
}

record!(Ended of mappings { last_persist_count, created_at, deleted_at });

/// What was kept the last time, by the mapping or else by the newest of those before it that a sync has used.
async fn count_before(tx: &mut Tx<'_>, mapping: &ConnectorMapping) -> QueryResult<Option<i32>> {
    if mapping.last_persist_count.is_some() {
        return Ok(mapping.last_persist_count);
    }
    let ended = mappings::deleted_at.is_not_null().and(mappings::pk.lt(mapping.pk));
    let rows = tx.scope().rows_including_deleted().filter(same_triple(mapping)).filter(Condition::of(ended));
    let newest_first = Term { column: mappings::table::pk(), nullable: false, descending: true };
    let window = Window { order: vec![newest_first], reversed: false, after: None, before: None, limit: LOOKED_BACK };
    // Only regeneration ends one mapping at the moment the next begins.
    let mut begun = mapping.created_at;
    for replaced in tx.page::<Ended>(rows, window).await? {
        if replaced.deleted_at != Some(begun) {
            continue;
        }
        if replaced.last_persist_count.is_some() {
            return Ok(replaced.last_persist_count);
        }
        begun = replaced.created_at;
    }
    Ok(None)
}

/// How two schemas relate.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub result: Option<SchemaComparison>,
    pub lost: Vec<String>,
    pub added: Vec<String>,
}

/// Schemas that were compared, unless the mapping had changed.
#[derive(Debug)]
pub(super) struct Compared {
    pub mapping: ConnectorMapping,
    pub difference: Option<Difference>,
}

/// Compares the schema of a mapping with the one seen now.
pub(super) async fn compare(scope: &Scope, input: CompareConnectorMappingSchemaInput) -> MutationResult<Compared> {
    scope.require(Access::Service)?;
    check_fingerprint(Some(&input.schema_fingerprint))?;
    check_key_paths(input.schema_key_paths.as_ref())?;
    let mut tx = scope.begin().await?;
    let unchanged = |mapping| Compared { mapping, difference: None };
    let mut mapping = locked(&mut tx, input.id, input.expected_updated_at, unchanged).await?;
    let difference = if mapping.schema_fingerprint.as_ref() == Some(&input.schema_fingerprint) {
        Difference { result: Some(SchemaComparison::Identical), ..Difference::default() }
    } else {
        difference(known_paths(mapping.schema_key_paths.as_ref()), input.schema_key_paths)
    };
    if difference.result == Some(SchemaComparison::Drift) && !mapping.needs_regeneration {
        mapping = change(&mut tx, mapping, mappings::needs_regeneration.eq(true)).await.map_err(MutationError::of)?;
    }
    tx.commit().await?;
    Ok(Compared { mapping, difference: Some(difference) })
}

/// The key paths as they were stored, unless another program stored something else.
fn known_paths(stored: Option<&Json>) -> Option<Vec<String>> {
    stored?.read()
}

/// How schemas of different fingerprints relate.
fn difference(known: Option<Vec<String>>, seen: Option<Vec<String>>) -> Difference {
    let (Some(known), Some(seen)) = (known.filter(|known| !known.is_empty()), seen) else {
        return Difference { result: Some(SchemaComparison::Drift), ..Difference::default() };
    };
    let lost = missing(&known, &seen);
    let added = missing(&seen, &known);
    let result = if lost.is_empty() { SchemaComparison::AdditiveOnly } else { SchemaComparison::Drift };
    Difference { result: Some(result), lost, added }
}

/// What is in these, and not in the others, once each.
fn missing(these: &[String], others: &[String]) -> Vec<String> {
    let mut seen: HashSet<&String> = others.iter().collect();
    these.iter().filter(|path| seen.insert(path)).cloned().collect()
}

/// The mapping, which nobody else changes before the transaction ends.
async fn locked<S>(
    tx: &mut Tx<'_>,
    id: Id<ConnectorMapping>,
    expected_updated_at: Option<DateTime>,
    unchanged: impl FnOnce(ConnectorMapping) -> S,
) -> Result<ConnectorMapping, MutationError<S>> {
    let row = tx.scope().rows().filter(ConnectorMapping::with_ids(vec![id.uuid()]));
    let mapping: ConnectorMapping = tx.lock(row).await?.ok_or_else(|| UserError::not_found("id"))?;
    if mutation::is_stale(expected_updated_at, mapping.updated_at) {
        return Err(mutation::stale(Some(unchanged(mapping))));
    }
    Ok(mapping)
}

/// Changes a mapping that is locked.
async fn change<C>(tx: &mut Tx<'_>, mapping: ConnectorMapping, changes: C) -> MutationResult<ConnectorMapping>
where
    C: AsChangeset<Target = mappings::table> + Send,
    C::Changeset: diesel::query_builder::QueryFragment<diesel::pg::Pg> + Send + 'static,
{
    let row = tx.scope().rows().filter(mappings::table::with_pks(vec![mapping.pk]));
    mutation::update(tx, row, None, changes).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        text.split_whitespace().map(ToOwned::to_owned).collect()
    }

    fn found(known: Option<Vec<String>>, seen: Option<Vec<String>>) -> (SchemaComparison, String, String) {
        let difference = difference(known, seen);
        (difference.result.unwrap(), difference.lost.join(" "), difference.added.join(" "))
    }

    #[test]
    fn only_a_lost_path_or_nothing_to_compare_is_drift() {
        use SchemaComparison::{AdditiveOnly, Drift};

        let said = |result, lost: &str, added: &str| (result, lost.to_owned(), added.to_owned());
        assert_eq!(found(Some(paths("a a.b c")), Some(paths("c a.b a"))), said(AdditiveOnly, "", ""));
        assert_eq!(found(Some(paths("a c")), Some(paths("d a b c b"))), said(AdditiveOnly, "", "d b"));
        assert_eq!(found(Some(paths("c a c b")), Some(paths("b d"))), said(Drift, "c a", "d"));
        assert_eq!(found(Some(paths("a")), Some(paths(""))), said(Drift, "a", ""));
        assert_eq!(found(Some(paths("")), Some(paths("a"))), said(Drift, "", ""));
        assert_eq!(found(None, Some(paths("a"))), said(Drift, "", ""));
        assert_eq!(found(Some(paths("a")), None), said(Drift, "", ""));
    }

    #[test]
    fn what_another_program_stored_as_paths_counts_only_when_it_is_a_list_of_texts() {
        let known = |json: serde_json::Value| known_paths(Some(&json.into()));
        assert_eq!(known(serde_json::json!(["a", "b"])), Some(paths("a b")));
        assert_eq!(known(serde_json::json!(["a", 1])), None);
        assert_eq!(known(serde_json::json!({"a": 1})), None);
        assert_eq!(known_paths(None), None);
    }
}
