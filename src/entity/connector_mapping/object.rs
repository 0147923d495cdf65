//! What it computes, and its relations.

use std::collections::BTreeMap;

use async_graphql::{Context, SimpleObject};

use super::ConnectorMapping;
use super::predecessor::{ConnectorMappingPredecessor, PredecessorOf};
use crate::auth::Access;
use crate::db::schema::core_api::connector_mappings;
use crate::db::scope::Scope;
use crate::entity::macros::edges;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;
use crate::scalar::Json;

/// What is made of rows alone, by type and field: answers with it may be kept in memory.
pub const OF_ROWS: &[(&str, &[&str])] = &[
    (
        "ConnectorMappingAuditTrail",
        &["juryName", "panelists", "judgeReasoning", "disagreementScore", "durationMs", "synthesized", "extra"],
    ),
    ("ConnectorMappingPaginationSpec", &["type", "pageParam", "perPageParam", "perPage", "extra"]),
];

/// Who may read the mapping itself.
pub(super) const EXPRESSION: Access = Access::AdminOrService;
/// Who may read people's hints.
pub(super) const USER_INSTRUCTIONS: Access = Access::AdminOrService;
/// Who may read how the expression was judged.
pub(super) const AUDIT_TRAIL: Access = Access::AdminOrService;
/// Who may read the arguments of the tool.
pub(super) const TOOL_ARGS: Access = Access::Service;

edges! {
    impl ConnectorMapping of connector_mappings {
        one {
            /// The workspace it belongs to.
            workspace: workspace_pk => Workspace;
            /// The workspace connector it maps for; null when that was deleted.
            workspace_connector: workspace_connector_pk => WorkspaceConnector;
        }
        of_rows { expression, user_instructions, audit_trail, tool_args, pagination_spec, schema_key_paths }
    }
    {
        /// The mapping itself, in `JSONata` 2.2. For admins, owners and the pipeline.
        async fn expression(&self, ctx: &Context<'_>) -> Option<Result<&str>> {
            ctx.data_unchecked::<Scope>().protect(EXPRESSION, Some(self.expression.as_str()))
        }

        /// Hints of people for the next time the expression is generated; null when there are none. For admins, owners
        /// and the pipeline.
        async fn user_instructions(&self, ctx: &Context<'_>) -> Option<Result<&str>> {
            ctx.data_unchecked::<Scope>().protect(USER_INSTRUCTIONS, self.user_instructions.as_deref())
        }

        /// How the expression was judged; null on old mappings. For admins, owners and the pipeline.
        async fn audit_trail(&self, ctx: &Context<'_>) -> Option<Result<ConnectorMappingAuditTrail>> {
            let trail = self.audit_trail.as_ref().map(ConnectorMappingAuditTrail::from);
            ctx.data_unchecked::<Scope>().protect(AUDIT_TRAIL, trail)
        }

        /// The arguments the tool is called with, captured once; null when it takes none. For the pipeline.
        async fn tool_args(&self, ctx: &Context<'_>) -> Option<Result<&Json>> {
            ctx.data_unchecked::<Scope>().protect(TOOL_ARGS, self.tool_args.as_ref())
        }

        /// How the tool pages its response; null when there is one page.
        async fn pagination_spec(&self) -> Option<ConnectorMappingPaginationSpec> {
            self.pagination_spec.as_ref().map(ConnectorMappingPaginationSpec::from)
        }

        /// The dotted key paths of the tool's schema when the mapping was made, in order; null when they were not taken.
        async fn schema_key_paths(&self) -> Option<Vec<String>> {
            self.schema_key_paths.as_ref()?.read()
        }

        /// What it was before it was last regenerated; null when it was created, not regenerated. For admins, owners
        /// and the pipeline.
        async fn predecessor(&self, ctx: &Context<'_>) -> Option<Result<ConnectorMappingPredecessor>> {
            let scope = ctx.data_unchecked::<Scope>();
            if let Err(error) = scope.require(Access::AdminOrService) {
                return Some(Err(error));
            }
            scope.get(PredecessorOf(self.pk)).await.transpose()
        }
    }
}

/// How a mapping's expression was judged when it was generated.
#[derive(SimpleObject, Clone, Debug, PartialEq)]
pub struct ConnectorMappingAuditTrail {
    /// The jury that judged.
    pub jury_name: Option<String>,
    /// The members of the jury, each as the pipeline noted it.
    pub panelists: Option<Vec<Json>>,
    /// Why the judge decided as it did.
    pub judge_reasoning: Option<String>,
    /// How far the members were apart, as the jury scores it; higher is further.
    pub disagreement_score: Option<f64>,
    /// How long the judging took, in milliseconds.
    pub duration_ms: Option<i32>,
    /// Whether the expression was put together from several proposals.
    pub synthesized: Option<bool>,
    /// What else was noted, by key; null when nothing was.
    pub extra: Option<Json>,
}

impl From<&Json> for ConnectorMappingAuditTrail {
    fn from(json: &Json) -> Self {
        let mut noted = Noted::new(json);
        Self {
            jury_name: noted.take("jury_name", Json::read),
            panelists: noted.take("panelists", Json::elements),
            judge_reasoning: noted.take("judge_reasoning", Json::read),
            disagreement_score: noted.take("disagreement_score", Json::read),
            duration_ms: noted.take("duration_ms", Json::int),
            synthesized: noted.take("synthesized", Json::read),
            extra: noted.rest(),
        }
    }
}

/// How a tool pages its response.
#[derive(SimpleObject, Clone, Debug, PartialEq)]
pub struct ConnectorMappingPaginationSpec {
    /// The kind of paging, in the pipeline's words.
    #[graphql(name = "type")]
    pub kind: Option<String>,
    /// The tool's argument that says which page is wanted.
    pub page_param: Option<String>,
    /// The tool's argument that says how many entities a page has.
    pub per_page_param: Option<String>,
    /// How many entities a page has.
    pub per_page: Option<i32>,
    /// What else was noted, by key; null when nothing was.
    pub extra: Option<Json>,
}

impl From<&Json> for ConnectorMappingPaginationSpec {
    fn from(json: &Json) -> Self {
        let mut noted = Noted::new(json);
        Self {
            kind: noted.take("type", Json::read),
            page_param: noted.take("page_param", Json::read),
            per_page_param: noted.take("per_page_param", Json::read),
            per_page: noted.take("per_page", Json::int),
            extra: noted.rest(),
        }
    }
}

/// A JSON column of a known shape that other programs write: what fits is taken out, the rest is kept as it is.
enum Noted<'a> {
    Members(BTreeMap<String, Json>),
    Other(&'a Json),
}

impl<'a> Noted<'a> {
    fn new(json: &'a Json) -> Self {
        json.members().map_or(Self::Other(json), Self::Members)
    }

    /// The key's value where it has the type, nothing where it has another.
    fn take<T>(&mut self, key: &str, read: impl Fn(&Json) -> Option<T>) -> Option<T> {
        let Self::Members(members) = self else { return None };
        let value = members.get(key)?;
        let read = read(value);
        if read.is_some() || value.is_null() {
            members.remove(key);
        }
        read
    }

    fn rest(self) -> Option<Json> {
        match self {
            Self::Members(members) => Some(Json::object(&members)).filter(|_| !members.is_empty()),
            Self::Other(other) => Some(other.clone()).filter(|other| !other.is_null()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_its_field_stays_in_extra() {
        let trail = ConnectorMappingAuditTrail::from(&Json::from(serde_json::json!({
            "jury_name": "panel", "panelists": [{"model": "a"}, "b"], "disagreement_score": "high",
            "duration_ms": 3_000_000_000_i64, "synthesized": null, "seed": 7,
        })));
        assert_eq!(trail.jury_name.as_deref(), Some("panel"));
        assert_eq!(trail.panelists.map(|panelists| panelists.len()), Some(2));
        assert_eq!((trail.disagreement_score, trail.duration_ms, trail.synthesized), (None, None, None));
        let rest = serde_json::json!({"disagreement_score": "high", "duration_ms": 3_000_000_000_i64, "seed": 7});
        assert!(trail.extra.is_some_and(|extra| extra.is_same(&Json::from(rest))));
    }

    #[test]
    fn a_column_that_is_no_object_is_all_extra() {
        let spec = ConnectorMappingPaginationSpec::from(&Json::from(serde_json::json!(["cursor"])));
        assert_eq!((spec.kind, spec.extra), (None, Some(Json::from(serde_json::json!(["cursor"])))));
        let spec =
            ConnectorMappingPaginationSpec::from(&Json::from(serde_json::json!({"type": "page", "per_page": 50.0})));
        assert_eq!((spec.kind.as_deref(), spec.per_page, spec.extra), (Some("page"), Some(50), None));
    }
}
