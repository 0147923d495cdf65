//! What is generated at build time: a module for each operation, with its `Variables` and its `ResponseData`.

use graphql_client::GraphQLQuery;

/// What the schema's own scalars are in Rust.
pub mod scalars {
    pub type BigInt = i64;
    pub type Date = chrono::NaiveDate;
    pub type DateTime = chrono::DateTime<chrono::Utc>;
    pub type Json = serde_json::Value;
}

/// What the generated variables call `ID`.
type Id = String;

/// Why a mutation refused its input; the fragment is the same for each of them.
pub use create_task::{Refusal, UserErrorCode};

macro_rules! operations {
    ($file:tt: $($name:ident),+) => {$(
        #[derive(GraphQLQuery)]
        #[graphql(
            schema_path = "../../schema.graphql",
            query_path = $file,
            custom_scalars_module = "crate::operations::scalars",
            normalization = "rust",
            variables_derives = "Clone, Debug, Default",
            response_derives = "Clone, Debug, PartialEq",
            fragments_other_variant = "true",
            // A variable that is `None` is left out. Null has a meaning of its own: it clears, and filters refuse it.
            skip_serializing_none
        )]
        pub struct $name;
    )+};
}

operations!("operations/queries.graphql": Overview, SyncLogs, Node, Mappings, Everything);
operations!(
    "operations/mutations.graphql":
    CreateTask, UpdateTask, ClearDueDate, DeleteTask, ScheduleSync, StartSync, FinishSync
);
