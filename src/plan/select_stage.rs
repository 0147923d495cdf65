//! One statement of a plan, and how its rows are written.

use std::collections::HashMap;

use diesel::deserialize::FromSql;
use diesel::pg::{Pg, PgValue};
use diesel::row::{Field, Row};
use diesel::sql_types::Integer;
use futures_util::future::BoxFuture;

use super::Planned;
use super::field::{Relation, Writer, write_text};
use super::selection::Selected;
use crate::db::PgRow;
use crate::db::condition::Sql;
use crate::db::key_value::{KeyReader, KeyValue};
use crate::db::scope::{Owned, Projection, Read, Record, Scope};
use crate::db::visibility::ForeignKey;
use crate::error::{Error, Result};

const NULL: &[u8] = b"null";

/// JSON by the key of the row that it belongs to.
pub type JsonByKey = HashMap<i32, Vec<u8>>;

/// What one statement reads: rows of a table, with the rows that to-one relations join to them, and what is read
/// afterwards for all of them.
pub struct SelectStage {
    projection: Projection,
    /// The tables it reads. A column is named by its table, so none may come twice.
    tables: Vec<&'static str>,
    children: Vec<(usize, Box<dyn ChildStage>)>,
    /// Columns in front of its own.
    offset: usize,
}

/// What is read of other rows for all rows of a stage at once.
pub trait ChildStage: Send + Sync {
    /// What is read for these keys; nothing where no rows are asked for.
    ///
    /// # Errors
    /// When the arguments cannot be used.
    fn read(&self, scope: &Scope, keys: Vec<i32>) -> Result<Option<Read>>;

    /// The JSON for each of these keys, made of the rows that were read for them; none for a key that leads nowhere.
    fn write<'a>(&'a self, scope: &'a Scope, keys: Vec<i32>, rows: Vec<PgRow>) -> BoxFuture<'a, Result<JsonByKey>>;
}

/// How an object is written: its selected fields in their order.
pub struct ObjectLayout(Vec<Member>);

struct Member {
    /// `"name":`
    key: Vec<u8>,
    what: FieldSource,
}

/// Where a field's JSON comes from.
pub enum FieldSource {
    /// It is always the same.
    Constant(Vec<u8>),
    /// From a column.
    Column(usize, Writer),
    /// From the joined row whose key is this column; null without one.
    Joined(usize, ObjectLayout),
    /// From a child of the stage; null where it has nothing.
    ChildStage(usize),
}

impl SelectStage {
    /// The rows of `R`.
    #[must_use]
    pub fn of<R: Record>() -> Self {
        Self {
            projection: Projection::default(),
            tables: vec![<R::Table as Owned>::TABLE],
            children: Vec::new(),
            offset: 0,
        }
    }

    /// The same, behind the key of the parent that each row is read for.
    #[must_use]
    pub fn behind_parent(mut self) -> Self {
        self.offset = 1;
        self
    }

    /// Reads one more column; gives its place.
    pub fn column(&mut self, column: Sql) -> usize {
        self.projection.columns.push(column);
        self.offset + self.projection.columns.len() - 1
    }

    fn child(&mut self, key: Sql, child: Box<dyn ChildStage>) -> FieldSource {
        let key = self.column(key);
        self.children.push((key, child));
        FieldSource::ChildStage(self.children.len() - 1)
    }

    /// The columns that its statement reads.
    #[must_use]
    pub const fn projection(&self) -> &Projection {
        &self.projection
    }

    /// What belongs to its rows, child by child.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read_children(&self, scope: &Scope, rows: &[PgRow]) -> Result<Vec<JsonByKey>> {
        let (mut reads, mut asked) = (Vec::new(), Vec::with_capacity(self.children.len()));
        for (key, child) in &self.children {
            let keys = rows.iter().filter_map(|row| integer(row, *key).transpose());
            let mut keys = keys.collect::<diesel::deserialize::Result<Vec<i32>>>().map_err(Error::internal)?;
            keys.sort_unstable();
            keys.dedup();
            let read = if keys.is_empty() { None } else { child.read(scope, keys.clone())? };
            asked.push((child, keys, read.is_some()));
            reads.extend(read);
        }
        let mut answers = scope.read_all(reads).await?.into_iter();
        let mut children = Vec::with_capacity(asked.len());
        for (child, keys, was_read) in asked {
            let rows = if was_read { answers.next().unwrap_or_default() } else { Vec::new() };
            children.push(child.write(scope, keys, rows).await?);
        }
        Ok(children)
    }

    /// The JSON of one row.
    ///
    /// # Errors
    /// When the database fails, or the row holds what the schema cannot say.
    pub async fn write_one(&self, scope: &Scope, layout: &ObjectLayout, row: &PgRow) -> Result<Vec<u8>> {
        let children = self.read_children(scope, std::slice::from_ref(row)).await?;
        let mut out = Vec::with_capacity(256);
        self.write(layout, row, &children, &mut out).map_err(Error::internal)?;
        Ok(out)
    }

    /// Writes a row, with what was read for its children.
    ///
    /// # Errors
    /// When the row holds what the schema cannot say.
    pub fn write(
        &self,
        layout: &ObjectLayout,
        row: &PgRow,
        children: &[JsonByKey],
        out: &mut Vec<u8>,
    ) -> diesel::deserialize::Result<()> {
        out.push(b'{');
        for (index, member) in layout.0.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(&member.key);
            match &member.what {
                FieldSource::Constant(json) => out.extend_from_slice(json),
                FieldSource::Column(column, write) => with_value(row, *column, |value| write(value, out))?,
                FieldSource::Joined(key, layout) => match integer(row, *key)? {
                    Some(_) => self.write(layout, row, children, out)?,
                    None => out.extend_from_slice(NULL),
                },
                FieldSource::ChildStage(child) => {
                    let key = self.children.get(*child).map_or(Ok(None), |(key, _)| integer(row, *key))?;
                    let piece = key.and_then(|key| children.get(*child)?.get(&key));
                    out.extend_from_slice(piece.map_or(NULL, Vec::as_slice));
                }
            }
        }
        out.push(b'}');
        Ok(())
    }
}

/// Reads the value in a column; none where it is null.
fn with_value<T>(row: &PgRow, column: usize, read: impl FnOnce(Option<PgValue<'_>>) -> T) -> T {
    match Row::get(row, column) {
        Some(field) => read(field.value()),
        None => read(None),
    }
}

/// The key in a column; none where it is null.
pub fn integer(row: &PgRow, column: usize) -> diesel::deserialize::Result<Option<i32>> {
    with_value(row, column, |value| value.map(<i32 as FromSql<Integer, Pg>>::from_sql).transpose())
}

/// The value in a column, as a cursor carries it.
pub fn key_value(row: &PgRow, column: usize, read: KeyReader) -> diesel::deserialize::Result<KeyValue> {
    with_value(row, column, read)
}

/// The response keys of a selection in their order, each with all fields that are merged under it.
pub fn merged<'a>(fields: &[Selected<'a>]) -> Vec<(&'a str, Vec<Selected<'a>>)> {
    let mut keys: Vec<(&str, Vec<Selected<'_>>)> = Vec::new();
    for field in fields.iter().flat_map(Selected::fields) {
        let key = field.key().as_str();
        match keys.iter_mut().find(|(known, _)| *known == key) {
            Some((_, merged)) => merged.push(field),
            None => keys.push((key, vec![field])),
        }
    }
    keys
}

/// `"name":`
pub fn key(name: &str) -> Option<Vec<u8>> {
    let mut key = Vec::with_capacity(name.len() + 3);
    write_text(name, &mut key).ok()?;
    key.push(b':');
    Some(key)
}

/// A type's name as JSON.
pub fn type_name<T: async_graphql::OutputType>() -> Option<Vec<u8>> {
    let mut name = Vec::new();
    write_text(&T::type_name(), &mut name).ok()?;
    Some(name)
}

/// How an object of `R` is written that is selected by these fields, and what the stage must read for it; nothing when
/// it asks for what only the library can answer.
pub fn layout<R: Planned>(stage: &mut SelectStage, scope: &Scope, fields: &[Selected<'_>]) -> Option<ObjectLayout> {
    let mut members = Vec::new();
    let mut columns: Vec<(&str, usize)> = Vec::new();
    for (name, fields) in merged(fields) {
        let field = fields.first()?.name();
        let what = if field == "__typename" {
            FieldSource::Constant(type_name::<R>()?)
        } else if let Some(column) = R::column(field) {
            // However often it is asked for, it is read once.
            let known = columns.iter().find(|(known, _)| *known == field).map(|(_, place)| *place);
            let place = known.unwrap_or_else(|| stage.column(column.sql));
            columns.push((field, place));
            FieldSource::Column(place, column.write)
        } else {
            match R::relation(field)? {
                Relation::One(foreign_key, plan) => plan(stage, scope, foreign_key, &fields)?,
                Relation::Many(plan) => stage.child(<R::Table as Owned>::pk(), plan(scope, &fields)?),
            }
        };
        members.push(Member { key: key(name)?, what });
    }
    Some(ObjectLayout(members))
}

/// Plans the row of `R` that a foreign key points at: joined, or read afterwards when the statement has its table already.
pub fn join<R: Planned>(
    stage: &mut SelectStage,
    scope: &Scope,
    foreign_key: ForeignKey,
    fields: &[Selected<'_>],
) -> Option<FieldSource> {
    if stage.tables.contains(&<R::Table as Owned>::TABLE) {
        let mut below = SelectStage::of::<R>();
        let pk = below.column(<R::Table as Owned>::pk());
        let layout = layout::<R>(&mut below, scope, fields)?;
        let child = ByKey::<R> { stage: below, pk, layout, row: std::marker::PhantomData };
        return Some(stage.child(foreign_key.into_sql(), Box::new(child)));
    }
    stage.tables.push(<R::Table as Owned>::TABLE);
    stage.projection.joins.push(scope.rows::<R::Table>().joined_by(foreign_key));
    let pk = stage.column(<R::Table as Owned>::pk());
    Some(FieldSource::Joined(pk, layout::<R>(stage, scope, fields)?))
}

/// Rows of `R` by their keys.
struct ByKey<R> {
    stage: SelectStage,
    pk: usize,
    layout: ObjectLayout,
    row: std::marker::PhantomData<fn() -> R>,
}

impl<R: Planned> ChildStage for ByKey<R> {
    fn read(&self, scope: &Scope, keys: Vec<i32>) -> Result<Option<Read>> {
        let keys = <R::Table as Owned>::with_pks(keys);
        Ok(Some(Read::by_keys(scope.rows::<R::Table>(), keys, self.stage.projection())))
    }

    fn write<'a>(&'a self, scope: &'a Scope, _: Vec<i32>, rows: Vec<PgRow>) -> BoxFuture<'a, Result<JsonByKey>> {
        Box::pin(async move {
            let children = self.stage.read_children(scope, &rows).await?;
            let written = rows.iter().map(|row| {
                let mut out = Vec::new();
                self.stage.write(&self.layout, row, &children, &mut out)?;
                Ok((integer(row, self.pk)?.ok_or("a row without its key")?, out))
            });
            written.collect::<diesel::deserialize::Result<_>>().map_err(Error::internal)
        })
    }
}
