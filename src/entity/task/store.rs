//! The row, and what its lists can be narrowed and ordered by.

use async_graphql::SimpleObject;
use diesel::{Queryable, Selectable};

use crate::auth::Access;
use crate::db::schema::core_api::{peoples, tasks};
use crate::entity::macros::{edge, order_by, pg_enum, record};
use crate::entity::stored::Stored;
use crate::filter::{DateFilter, DateTimeFilter, IdFilter, StringFilter};
use crate::id::Id;
use crate::page::Paginated;
use crate::scalar::{Date, DateTime};

pg_enum! {
    /// The status of a task.
    TaskStatus, TaskStatusFilter, TaskStatusEnum {
        /// Put off.
        IceLog = "ice_log",
        /// To be done.
        Open = "open",
        /// Being done.
        InProgress = "in_progress",
        /// Done.
        Done = "done",
        /// Waiting for something else.
        Blocked = "blocked",
        /// Given up.
        Cancelled = "cancelled",
        /// Put away.
        Archived = "archived",
    }
}

/// Something to be done in a workspace, perhaps as part of another task.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = tasks)]
pub struct Task {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// The id, a UUID.
    #[diesel(column_name = task_id)]
    pub id: Id<Self>,
    /// What is to be done, in one line.
    pub title: String,
    /// What is to be done, at length.
    pub description: Option<String>,
    /// The status.
    pub status: Stored<TaskStatus>,
    /// How urgent it is, in the words of the workspace.
    pub priority: Option<String>,
    /// The day by which it should be done.
    pub due_date: Option<Date>,
    /// When it was done; null while it is not.
    pub done_at: Option<DateTime>,
    /// When it was made.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: Option<DateTime>,
    #[graphql(skip)]
    pub(crate) assigned_to_pk: Option<i32>,
    #[graphql(skip)]
    pub(crate) created_by_pk: Option<i32>,
    #[graphql(skip)]
    pub(crate) parent_task_pk: Option<i32>,
    #[graphql(skip)]
    pub(crate) workspace_pk: i32,
}

record!(Task of tasks by task_id {
    title, description, status, priority, due_date, done_at, created_at, updated_at,
});

crate::filter! {
    /// A filter of tasks.
    TaskFilter for tasks {
        /// By id.
        id: IdFilter => task_id,
        /// By what is to be done, in one line.
        title: StringFilter => title,
        /// By what is to be done, at length.
        description: StringFilter => description,
        /// By where it stands.
        status: TaskStatusFilter => status,
        /// By how urgent it is.
        priority: StringFilter => priority,
        /// By the day by which it should be done.
        due_date: DateFilter => due_date,
        /// By when it was done.
        done_at: DateTimeFilter => done_at,
        /// By when it was made.
        created_at: DateTimeFilter => created_at,
        /// By when it last changed.
        updated_at: DateTimeFilter => updated_at,
    }
    relations {
        /// By the person who is to do it.
        assigned_to: assigned_to_pk -> peoples::person_id,
        /// By the person who made it.
        created_by: created_by_pk -> peoples::person_id,
        /// By the task it is part of.
        parent: parent_task_pk -> tasks::task_id,
    }
}

order_by! {
    Task of tasks: TaskOrder, TaskOrderField {
        /// When it was made.
        CreatedAt => created_at,
        /// When it last changed.
        UpdatedAt => updated_at "null",
        /// The day by which it should be done.
        DueDate => due_date "null",
        /// When it was done.
        DoneAt => done_at "null",
        /// What is to be done.
        Title => title,
    }
}

impl Paginated for Task {
    const READ: Access = Access::Everyone;
    type Filter = TaskFilter;
    type OrderBy = TaskOrder;
    type Extra = async_graphql::connection::EmptyFields;
}

edge!(
    /// The tasks that are part of a task.
    OfParent: Task by tasks::parent_task_pk
);
