//! The row, and what its lists can be narrowed and ordered by.

use async_graphql::SimpleObject;
use diesel::{Queryable, Selectable};

use crate::auth::Access;
use crate::db::schema::core_api::{collects, peoples, tasks};
use crate::entity::macros::{edge, order_by, pg_enum, record};
use crate::entity::stored::Stored;
use crate::filter::{DateTimeFilter, IdFilter, StringFilter};
use crate::id::Id;
use crate::page::Paginated;
use crate::scalar::DateTime;

pg_enum! {
    /// The status of a collect.
    CollectStatus, CollectStatusFilter, CollectStatusEnum {
        /// Not begun.
        Todo = "todo",
        /// At work.
        InProgress = "in_progress",
        /// Came to a good end. Final.
        Finalized = "finalized",
        /// Failed, or was given up. Final.
        Error = "error",
    }
}

/// A gathering of documents that a person started, mostly from the browser extension.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = collects)]
pub struct Collect {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// The id, a UUID.
    #[diesel(column_name = collect_id)]
    pub id: Id<Self>,
    /// The key of the tool or surface it gathers from, such as `linkedin`; null when it was started by hand.
    pub provider: Option<String>,
    /// The status.
    pub status: Stored<CollectStatus>,
    /// When it went to work; null before.
    pub started_at: Option<DateTime>,
    /// When it came to its end, good or bad; null before.
    pub ended_at: Option<DateTime>,
    /// When it was made.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: Option<DateTime>,
    #[graphql(skip)]
    pub(crate) people_pk: i32,
    #[graphql(skip)]
    pub(crate) workspace_pk: Option<i32>,
    #[graphql(skip)]
    pub(crate) task_pk: Option<i32>,
}

record!(Collect of collects by collect_id {
    provider, status, started_at, ended_at, created_at, updated_at,
});

crate::filter! {
    /// A filter of collects.
    CollectFilter for collects {
        /// By id.
        id: IdFilter => collect_id,
        /// By the key of the tool or surface.
        provider: StringFilter => provider,
        /// By where it stands.
        status: CollectStatusFilter => status,
        /// By when it went to work.
        started_at: DateTimeFilter => started_at,
        /// By when it came to its end.
        ended_at: DateTimeFilter => ended_at,
        /// By when it was made.
        created_at: DateTimeFilter => created_at,
        /// By when it last changed.
        updated_at: DateTimeFilter => updated_at,
    }
    relations {
        /// By the person who started it.
        person: people_pk -> peoples::person_id,
        /// By the task it was done for.
        task: task_pk -> tasks::task_id,
    }
}

order_by! {
    Collect of collects: CollectOrder, CollectOrderField {
        /// When it was made.
        CreatedAt => created_at,
        /// When it last changed.
        UpdatedAt => updated_at "null",
        /// When it went to work.
        StartedAt => started_at "null",
        /// When it came to its end.
        EndedAt => ended_at "null",
    }
}

impl Paginated for Collect {
    const READ: Access = Access::Everyone;
    type Filter = CollectFilter;
    type OrderBy = CollectOrder;
    type Extra = super::CollectExtra;
}

edge!(
    /// The collects that a person started.
    OfPerson: Collect by collects::people_pk
);

edge!(
    /// The collects that were done for a task.
    OfTask: Collect by collects::task_pk
);
