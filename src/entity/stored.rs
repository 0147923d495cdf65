//! Values of PostgreSQL's enum types, to which a newer program may have added.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};
use diesel::deserialize::{FromSql, FromSqlRow, Result};
use diesel::pg::{Pg, PgValue};

use crate::error::Error;
use crate::plan::WriteJson;

/// A stored value of the enum `E`, or one whose label this program does not know.
///
/// As a field it is nullable: null, with an error of its own, where it is unknown. So one such row takes nothing else
/// with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, FromSqlRow)]
pub enum Stored<E> {
    /// One of the values.
    Known(E),
    /// Another one.
    Unknown,
}

impl<E> Stored<E> {
    /// The value, if it is known.
    #[must_use]
    pub fn known(self) -> Option<E> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown => None,
        }
    }

    /// What follows from the value.
    #[must_use]
    pub fn map<T>(self, follows: impl FnOnce(E) -> T) -> Stored<T> {
        match self {
            Self::Known(value) => Stored::Known(follows(value)),
            Self::Unknown => Stored::Unknown,
        }
    }
}

impl<E> From<E> for Stored<E> {
    fn from(value: E) -> Self {
        Self::Known(value)
    }
}

impl<E: PartialEq> PartialEq<E> for Stored<E> {
    fn eq(&self, other: &E) -> bool {
        matches!(self, Self::Known(value) if value == other)
    }
}

impl<S, E: FromSql<S, Pg>> FromSql<S, Pg> for Stored<E> {
    fn from_sql(value: PgValue<'_>) -> Result<Self> {
        Ok(E::from_sql(value).map_or(Self::Unknown, Self::Known))
    }
}

impl<E: WriteJson> WriteJson for Stored<E> {
    fn write(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> Result<()> {
        E::write(value, out)
    }
}

impl<E: OutputType + Clone> OutputType for Stored<E> {
    fn type_name() -> Cow<'static, str> {
        E::type_name()
    }

    fn qualified_type_name() -> String {
        E::type_name().into_owned()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        E::create_type_info(registry);
        Self::qualified_type_name()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let value = match self {
            Self::Known(value) => Ok(value.clone()),
            Self::Unknown => Err(Error::unknown_value(&E::type_name())),
        };
        Some(value).resolve(ctx, field).await
    }
}
