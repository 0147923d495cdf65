//! The row, and what its lists can be narrowed and ordered by.

use std::collections::HashMap;

use async_graphql::SimpleObject;
use diesel::{Queryable, Selectable};

use crate::auth::Access;
use crate::db::loader::Key;
use crate::db::schema::core_api::peoples;
use crate::db::scope::{Owned, Scope};
use crate::entity::macros::{order_by, record};
use crate::error::Result;
use crate::filter::{DateTimeFilter, IdFilter, StringFilter};
use crate::id::Id;
use crate::page::Paginated;
use crate::scalar::DateTime;

/// A person a workspace knows: a member of it, or somebody it deals with.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = peoples)]
pub struct People {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// The person's id, a UUID.
    #[diesel(column_name = person_id)]
    pub id: Id<Self>,
    /// The name as it is written out.
    pub full_name: Option<String>,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// What the person does in their organisation.
    pub job_title: Option<String>,
    /// When the person came to be known.
    pub created_at: DateTime,
    /// When something about the person last changed.
    pub updated_at: Option<DateTime>,
    #[graphql(skip)]
    pub(crate) workspace_pk: Option<i32>,
}

record!(People of peoples by person_id {
    full_name, first_name, last_name, job_title, created_at, updated_at,
});

crate::filter! {
    /// A filter of people.
    PeopleFilter for peoples {
        /// By id.
        id: IdFilter => person_id,
        /// By the name as it is written out.
        full_name: StringFilter => full_name,
        /// By given name.
        first_name: StringFilter => first_name,
        /// By family name.
        last_name: StringFilter => last_name,
        /// By what they do in their organisation.
        job_title: StringFilter => job_title,
        /// By when they came to be known.
        created_at: DateTimeFilter => created_at,
        /// By when something about them last changed.
        updated_at: DateTimeFilter => updated_at,
    }
}

order_by! {
    People of peoples: PeopleOrder, PeopleOrderField {
        /// When the person came to be known.
        CreatedAt => created_at,
        /// When something about the person last changed.
        UpdatedAt => updated_at "null",
        /// The name as it is written out.
        FullName => full_name "null",
        /// The given name.
        FirstName => first_name "null",
        /// The family name.
        LastName => last_name "null",
    }
}

impl Paginated for People {
    const READ: Access = Access::Everyone;
    type Filter = PeopleFilter;
    type OrderBy = PeopleOrder;
    type Extra = async_graphql::connection::EmptyFields;
}

/// A person of the workspace, deleted or not, by internal key: whoever did something is named for good.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct PersonEver(pub(crate) i32);

impl Key for PersonEver {
    type Value = People;

    async fn load(scope: &Scope, keys: Vec<Self>) -> Result<HashMap<Self, People>> {
        let pks = keys.into_iter().map(|key| key.0).collect();
        let people = scope.look_up::<People>(scope.rows_including_deleted(), peoples::table::with_pks(pks)).await?;
        Ok(people.into_iter().map(|person| (Self(person.pk), person)).collect())
    }
}
