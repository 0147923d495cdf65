//! Pages of a plan: the rows, their cursors, and what is told of the page.

use std::sync::Arc;

use futures_util::future::{BoxFuture, try_join_all};

use super::Planned;
use super::field::write_text;
use super::select_stage::{
    ChildStage, JsonByKey, ObjectLayout, SelectStage, integer, key, key_value, layout, merged, type_name,
};
use super::selection::Selected;
use crate::answer_size::check_size;
use crate::db::PgRow;
use crate::db::key_value::KeyReader;
use crate::db::scope::{Owned, Read, Scope, Window};
use crate::error::{Error, Result};
use crate::page::{
    Args, Connection, Count, ListEdge, Listing, OrderBy, PageInfo, Paginated, ParentCondition, Slice, ToMany,
};

/// A page of `N`, planned.
pub struct ConnectionPlan<N: Paginated> {
    args: Arc<Args<N>>,
    stage: SelectStage,
    parts: Vec<Named<Part>>,
    /// Where the values of cursors are: the order's columns and the key.
    cursor: Option<(Vec<(usize, KeyReader)>, usize)>,
}

/// A selected field: `"name":` and what it is.
type Named<T> = (Vec<u8>, T);

enum Part {
    TypeName(Vec<u8>),
    Nodes(ObjectLayout),
    Edges(Vec<Named<EdgePart>>),
    PageInfo(Vec<Named<InfoPart>>),
    TotalCount,
}

enum EdgePart {
    TypeName(Vec<u8>),
    Cursor,
    Node(ObjectLayout),
}

enum InfoPart {
    TypeName(Vec<u8>),
    HasNextPage,
    HasPreviousPage,
    StartCursor,
    EndCursor,
}

/// Writes fields between braces.
fn object<T>(
    out: &mut Vec<u8>,
    fields: &[Named<T>],
    mut write: impl FnMut(&T, &mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    out.push(b'{');
    for (index, (key, field)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(key);
        write(field, out)?;
    }
    out.push(b'}');
    Ok(())
}

/// Writes rows between brackets.
fn list(out: &mut Vec<u8>, rows: &[PgRow], mut write: impl FnMut(&PgRow, &mut Vec<u8>) -> Result<()>) -> Result<()> {
    out.push(b'[');
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(row, out)?;
        check_size(out.len())?;
    }
    out.push(b']');
    Ok(())
}

/// What is asked of an object whose fields are few and known.
fn fields<T>(
    fields: &[Selected<'_>],
    mut part: impl FnMut(&str, &[Selected<'_>]) -> Option<T>,
) -> Option<Vec<Named<T>>> {
    let fields = merged(fields).into_iter();
    fields.map(|(name, fields)| Some((key(name)?, part(fields.first()?.name(), &fields)?))).collect()
}

impl<N: Planned + Paginated> ConnectionPlan<N> {
    /// The plan of a page that is selected by these fields; nothing when only the library can answer it.
    pub fn compile(scope: &Scope, args: Arc<Args<N>>, selected: &[Selected<'_>]) -> Option<Self> {
        Self::compile_into(SelectStage::of::<N>(), scope, args, selected)
    }

    fn compile_into(
        mut stage: SelectStage,
        scope: &Scope,
        args: Arc<Args<N>>,
        selected: &[Selected<'_>],
    ) -> Option<Self> {
        let mut cursors = false;
        let parts = fields(selected, |name, selected| {
            Some(match name {
                "__typename" => Part::TypeName(type_name::<Connection<N>>()?),
                "nodes" => Part::Nodes(layout::<N>(&mut stage, scope, selected)?),
                "edges" => Part::Edges(fields(selected, |name, selected| {
                    Some(match name {
                        "__typename" => EdgePart::TypeName(type_name::<ListEdge<N>>()?),
                        "node" => EdgePart::Node(layout::<N>(&mut stage, scope, selected)?),
                        "cursor" => {
                            cursors = true;
                            EdgePart::Cursor
                        }
                        _ => return None,
                    })
                })?),
                "pageInfo" => Part::PageInfo(fields(selected, |name, _| {
                    cursors |= name.ends_with("Cursor");
                    Some(match name {
                        "__typename" => InfoPart::TypeName(type_name::<PageInfo>()?),
                        "hasNextPage" => InfoPart::HasNextPage,
                        "hasPreviousPage" => InfoPart::HasPreviousPage,
                        "startCursor" => InfoPart::StartCursor,
                        "endCursor" => InfoPart::EndCursor,
                        _ => return None,
                    })
                })?),
                "totalCount" => Part::TotalCount,
                _ => return None,
            })
        })?;
        let cursor = cursors.then(|| {
            let order = args.order().iter().map(|order| (stage.column(order.term().column), order.reader()));
            let order = order.collect();
            (order, stage.column(<N::Table as Owned>::pk()))
        });
        Some(Self { args, stage, parts, cursor })
    }

    /// What its statement reads.
    pub fn stage(&self) -> &SelectStage {
        &self.stage
    }

    /// The part of the list that its statement reads: a row more than the page has, if that is asked about.
    ///
    /// # Errors
    /// `BAD_CURSOR`.
    pub fn window(&self, scope: &Scope) -> Result<Window> {
        let window = self.args.window(scope)?;
        let of_neighbours =
            |part: &Named<InfoPart>| matches!(part.1, InfoPart::HasNextPage | InfoPart::HasPreviousPage);
        let asks = |part: &Named<Part>| matches!(&part.1, Part::PageInfo(parts) if parts.iter().any(of_neighbours));
        let limit = if self.parts.iter().any(asks) { window.limit } else { self.args.size() };
        Ok(Window { limit, ..window })
    }

    /// Whether anything is asked of its rows, rather than of the list as a whole.
    pub fn wants_rows(&self) -> bool {
        self.parts.iter().any(|(_, part)| matches!(part, Part::Nodes(_) | Part::Edges(_) | Part::PageInfo(_)))
    }

    /// The JSON of a page of all rows of the workspace.
    ///
    /// # Errors
    /// When the database fails, or a row holds what the schema cannot say.
    pub async fn write(&self, scope: &Scope, rows: Vec<PgRow>) -> Result<Vec<u8>> {
        let children = self.stage.read_children(scope, &rows).await?;
        let total = self.total(scope, None).await?;
        let mut out = Vec::with_capacity(64 + rows.len() * 256);
        self.write_page(scope, &self.args.slice(rows), &children, total, &mut out)?;
        Ok(out)
    }

    /// How many rows there are on all pages, when that is asked for.
    async fn total(&self, scope: &Scope, parent: Option<(ParentCondition<N>, i32)>) -> Result<Option<i64>> {
        if !self.parts.iter().any(|(_, part)| matches!(part, Part::TotalCount)) {
            return Ok(None);
        }
        let counted = Listing { args: self.args.clone(), parent }.aggregate(scope, Count).await?;
        Ok(Some(counted.first().copied().unwrap_or_default()))
    }

    fn write_page(
        &self,
        scope: &Scope,
        page: &Slice<PgRow>,
        children: &[JsonByKey],
        total: Option<i64>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let node = |layout: &ObjectLayout, row: &PgRow, out: &mut Vec<u8>| {
            self.stage.write(layout, row, children, out).map_err(Error::internal)
        };
        object(out, &self.parts, |part, out| match part {
            Part::TypeName(name) => put(name, out),
            Part::Nodes(layout) => list(out, page.rows(), |row, out| node(layout, row, out)),
            Part::Edges(parts) => list(out, page.rows(), |row, out| {
                object(out, parts, |part, out| match part {
                    EdgePart::TypeName(name) => put(name, out),
                    EdgePart::Cursor => self.write_cursor(scope, Some(row), out),
                    EdgePart::Node(layout) => node(layout, row, out),
                })
            }),
            Part::PageInfo(parts) => object(out, parts, |part, out| match part {
                InfoPart::TypeName(name) => put(name, out),
                InfoPart::HasNextPage => put(json(page.has_next()), out),
                InfoPart::HasPreviousPage => put(json(page.has_previous()), out),
                InfoPart::StartCursor => self.write_cursor(scope, page.rows().first(), out),
                InfoPart::EndCursor => self.write_cursor(scope, page.rows().last(), out),
            }),
            Part::TotalCount => {
                let total = i32::try_from(total.unwrap_or_default()).unwrap_or(i32::MAX);
                put(total.to_string().as_bytes(), out)
            }
        })
    }

    fn write_cursor(&self, scope: &Scope, row: Option<&PgRow>, out: &mut Vec<u8>) -> Result<()> {
        let (Some(row), Some((order, pk))) = (row, &self.cursor) else { return put(b"null", out) };
        let values = order.iter().map(|(column, read)| key_value(row, *column, *read));
        let values = values.collect::<diesel::deserialize::Result<Vec<_>>>().map_err(Error::internal)?;
        let pk = integer(row, *pk).map_err(Error::internal)?.ok_or_else(|| Error::internal("a row without its key"))?;
        write_text(&self.args.seal_values(scope, values, pk)?, out).map_err(Error::internal)
    }
}

/// Writes what is JSON already.
#[allow(clippy::unnecessary_wraps, reason = "it stands among what can fail")]
fn put(json: &[u8], out: &mut Vec<u8>) -> Result<()> {
    out.extend_from_slice(json);
    Ok(())
}

const fn json(value: bool) -> &'static [u8] {
    if value { b"true" } else { b"false" }
}

/// Plans the pages of what each row has many of.
#[must_use]
pub fn pages<E: ToMany>(scope: &Scope, fields: &[Selected<'_>]) -> Option<Box<dyn ChildStage>>
where
    E::Node: Planned,
{
    scope.require(<E::Node as Paginated>::READ).ok()?;
    let args = Arc::new(Args::read(fields.first()?.arguments())?);
    let stage = SelectStage::of::<E::Node>().behind_parent();
    Some(Box::new(Pages::<E>(ConnectionPlan::compile_into(stage, scope, args, fields)?)))
}

/// The pages of many parents.
struct Pages<E: ToMany>(ConnectionPlan<E::Node>);

impl<E: ToMany> ChildStage for Pages<E>
where
    E::Node: Planned,
{
    fn read(&self, scope: &Scope, keys: Vec<i32>) -> Result<Option<Read>> {
        let plan = &self.0;
        let rows = plan.args.rows(scope)?.filter(ParentCondition::of::<E>().condition(scope));
        let window = plan.window(scope)?;
        Ok(plan.wants_rows().then(|| Read::page_of_each(keys, rows, window, plan.stage.projection())))
    }

    fn write<'a>(&'a self, scope: &'a Scope, keys: Vec<i32>, rows: Vec<PgRow>) -> BoxFuture<'a, Result<JsonByKey>> {
        let (plan, parent_condition) = (&self.0, ParentCondition::of::<E>());
        Box::pin(async move {
            let children = plan.stage.read_children(scope, &rows).await?;
            let totals = try_join_all(keys.iter().map(|key| plan.total(scope, Some((parent_condition, *key))))).await?;
            let mut pages: std::collections::HashMap<i32, Vec<PgRow>> =
                keys.iter().map(|key| (*key, Vec::new())).collect();
            for row in rows {
                let parent = integer(&row, 0).map_err(Error::internal)?;
                pages.entry(parent.unwrap_or_default()).or_default().push(row);
            }
            let (mut written, mut bytes) = (JsonByKey::with_capacity(keys.len()), 0);
            for (key, total) in keys.into_iter().zip(totals) {
                let rows = pages.remove(&key).unwrap_or_default();
                let mut out = Vec::with_capacity(64 + rows.len() * 128);
                plan.write_page(scope, &plan.args.slice(rows), &children, total, &mut out)?;
                bytes += out.len();
                check_size(bytes)?;
                written.insert(key, out);
            }
            Ok(written)
        })
    }
}
