//! The row, and what its lists can be narrowed and ordered by.

use async_graphql::SimpleObject;
use diesel::{Queryable, Selectable};

use crate::auth::Access;
use crate::db::schema::core_api::{api_keys, peoples};
use crate::entity::macros::{order_by, pg_enum, record};
use crate::entity::stored::Stored;
use crate::filter::{DateTimeFilter, IdFilter, StringFilter};
use crate::id::Id;
use crate::page::Paginated;
use crate::scalar::DateTime;

pg_enum! {
    /// What the holder of an API key may do in its workspace.
    ApiKeyRole, ApiKeyRoleFilter, ApiKeyRoleEnum {
        /// What a guest may.
        Guest = "guest",
        /// What a member may.
        Member = "member",
        /// What an admin may.
        Admin = "admin",
        /// What an owner may.
        Owner = "owner",
        /// What the sync pipeline may.
        Service = "service",
    }
}

/// A credential with which a machine acts in the workspace. The key itself is shown once, when it is made.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = api_keys)]
pub struct ApiKey {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// Its id, a UUID; not a part of the key.
    #[diesel(column_name = api_key_id)]
    pub id: Id<Self>,
    /// What it is for, in the words of whoever made it.
    pub name: String,
    /// The few characters of the key by which people tell it from others.
    pub key_hint: String,
    /// What its holder may do.
    pub role: Stored<ApiKeyRole>,
    /// When it was last used, to the minute; null when it never was.
    pub last_used_at: Option<DateTime>,
    /// From when on it is refused; null when it does not expire.
    pub expires_at: Option<DateTime>,
    /// When it was made.
    pub created_at: DateTime,
    /// When it last changed; that it is used is no change of it.
    pub updated_at: Option<DateTime>,
    #[graphql(skip)]
    pub(crate) person_pk: Option<i32>,
    #[graphql(skip)]
    pub(crate) workspace_pk: i32,
}

record!(ApiKey of api_keys by api_key_id {
    name, key_hint, role, last_used_at, expires_at, created_at, updated_at,
});

crate::filter! {
    /// A filter of API keys.
    ApiKeyFilter for api_keys {
        /// By id.
        id: IdFilter => api_key_id,
        /// By what it is for.
        name: StringFilter => name,
        /// By what its holder may do.
        role: ApiKeyRoleFilter => role,
        /// By when it was last used.
        last_used_at: DateTimeFilter => last_used_at,
        /// By from when on it is refused.
        expires_at: DateTimeFilter => expires_at,
        /// By when it was made.
        created_at: DateTimeFilter => created_at,
        /// By when it last changed.
        updated_at: DateTimeFilter => updated_at,
    }
    relations {
        /// By the person it acts for.
        person: person_pk -> peoples::person_id,
    }
}

order_by! {
    ApiKey of api_keys: ApiKeyOrder, ApiKeyOrderField {
        /// When it was made.
        CreatedAt => created_at,
        /// When it last changed.
        UpdatedAt => updated_at "null",
        /// When it was last used.
        LastUsedAt => last_used_at "null",
        /// From when on it is refused.
        ExpiresAt => expires_at "null",
        /// Its name.
        Name => name,
    }
}

impl Paginated for ApiKey {
    const READ: Access = Access::Admin;
    type Filter = ApiKeyFilter;
    type OrderBy = ApiKeyOrder;
    type Extra = async_graphql::connection::EmptyFields;
}
