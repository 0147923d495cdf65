//! Roles as they are stored.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};

use super::schema::core_api::sql_types::{ApiKeyRoleEnum, MembershipRoleEnum};
use crate::auth::Role;

/// The role of a membership or an API key; none when a newer program gave one that this version does not know.
#[derive(FromSqlRow, Clone, Copy, Debug)]
pub struct StoredRole(pub Option<Role>);

impl From<StoredRole> for Option<Role> {
    fn from(role: StoredRole) -> Self {
        role.0
    }
}

impl FromSql<MembershipRoleEnum, Pg> for StoredRole {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Role::of_label(value.as_bytes())))
    }
}

impl FromSql<ApiKeyRoleEnum, Pg> for StoredRole {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Role::of_label(value.as_bytes())))
    }
}

/// The role of a new API key.
#[derive(AsExpression, Clone, Copy, Debug)]
#[diesel(sql_type = ApiKeyRoleEnum)]
pub struct ApiKeyRole(pub Role);

impl From<Role> for ApiKeyRole {
    fn from(role: Role) -> Self {
        Self(role)
    }
}

impl ToSql<ApiKeyRoleEnum, Pg> for ApiKeyRole {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.0.label().as_bytes())?;
        Ok(IsNull::No)
    }
}
