//! Pages of a plan: the rows, their cursors, and what is told of the page.

use std::sync::Arc;

use futures_util::future::{BoxFuture, try_join_all};

use super::field::{KeyReader, write_text};
use super::level::{Child, Level, Pieces, Shape, integer, key, key_value, merged, shape, type_name};
use super::selection::Selected;
use super::{Planned, check_size};
use crate::db::PgRow;
use crate::db::scope::{Owned, Read, Scope, Window};
use crate::error::{Error, Result};
use crate::page::{Args, Connection, Count, Edge, ListEdge, Listed, Listing, OrderBy, PageInfo, Slice, Tie};

/// A page of `N`, planned.
pub struct ConnectionPlan<N: Listed> {
    args: Arc<Args<N>>,
    level: Level,
    parts: Vec<Named<Part>>,
    /// Where the values of cursors are: the order's columns and the key.
    cursor: Option<(Vec<(usize, KeyReader)>, usize)>,
}

/// A selected field: `"name":` and what it is.
type Named<T> = (Vec<u8>, T);

enum Part {
    TypeName(Vec<u8>),
    Nodes(Shape),
    Edges(Vec<Named<EdgePart>>),
    PageInfo(Vec<Named<InfoPart>>),
    TotalCount,
}

enum EdgePart {
    TypeName(Vec<u8>),
    Cursor,
    Node(Shape),
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

impl<N: Planned + Listed> ConnectionPlan<N> {
    /// The plan of a page that is selected by these fields; nothing when only the library can answer it.
    pub fn compile(scope: &Scope, args: Arc<Args<N>>, selected: &[Selected<'_>]) -> Option<Self> {
        Self::compile_into(Level::of::<N>(), scope, args, selected)
    }

    fn compile_into(mut level: Level, scope: &Scope, args: Arc<Args<N>>, selected: &[Selected<'_>]) -> Option<Self> {
        let mut cursors = false;
        let parts = fields(selected, |name, selected| {
            Some(match name {
                "__typename" => Part::TypeName(type_name::<Connection<N>>()?),
                "nodes" => Part::Nodes(shape::<N>(&mut level, scope, selected)?),
                "edges" => Part::Edges(fields(selected, |name, selected| {
                    Some(match name {
                        "__typename" => EdgePart::TypeName(type_name::<ListEdge<N>>()?),
                        "node" => EdgePart::Node(shape::<N>(&mut level, scope, selected)?),
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
            let order = args.order().iter().map(|order| (level.column(order.term().column), order.reader()));
            let order = order.collect();
            (order, level.column(<N::Table as Owned>::pk()))
        });
        Some(Self { args, level, parts, cursor })
    }

    /// What its statement reads.
    pub fn level(&self) -> &Level {
        &self.level
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
        let pieces = self.level.read_children(scope, &rows).await?;
        let total = self.total(scope, None).await?;
        let mut out = Vec::with_capacity(64 + rows.len() * 256);
        self.write_page(scope, &self.args.slice(rows), &pieces, total, &mut out)?;
        Ok(out)
    }

    /// How many rows there are on all pages, when that is asked for.
    async fn total(&self, scope: &Scope, parent: Option<(Tie<N>, i32)>) -> Result<Option<i64>> {
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
        pieces: &[Pieces],
        total: Option<i64>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let node = |shape: &Shape, row: &PgRow, out: &mut Vec<u8>| {
            self.level.write(shape, row, pieces, out).map_err(Error::internal)
        };
        object(out, &self.parts, |part, out| match part {
            Part::TypeName(name) => put(name, out),
            Part::Nodes(shape) => list(out, page.rows(), |row, out| node(shape, row, out)),
            Part::Edges(parts) => list(out, page.rows(), |row, out| {
                object(out, parts, |part, out| match part {
                    EdgePart::TypeName(name) => put(name, out),
                    EdgePart::Cursor => self.write_cursor(scope, Some(row), out),
                    EdgePart::Node(shape) => node(shape, row, out),
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
pub fn pages<E: Edge>(scope: &Scope, fields: &[Selected<'_>]) -> Option<Box<dyn Child>>
where
    E::Node: Planned,
{
    scope.require(<E::Node as Listed>::READ).ok()?;
    let args = Arc::new(Args::read(fields.first()?.arguments())?);
    let level = Level::of::<E::Node>().behind_parent();
    Some(Box::new(Pages::<E>(ConnectionPlan::compile_into(level, scope, args, fields)?)))
}

/// The pages of many parents.
struct Pages<E: Edge>(ConnectionPlan<E::Node>);

impl<E: Edge> Child for Pages<E>
where
    E::Node: Planned,
{
    fn read(&self, scope: &Scope, keys: Vec<i32>) -> Result<Option<Read>> {
        let plan = &self.0;
        let rows = plan.args.rows(scope)?.filter(Tie::of::<E>().condition(scope));
        let window = plan.window(scope)?;
        Ok(plan.wants_rows().then(|| Read::page_of_each(keys, rows, window, &plan.level)))
    }

    fn write<'a>(&'a self, scope: &'a Scope, keys: Vec<i32>, rows: Vec<PgRow>) -> BoxFuture<'a, Result<Pieces>> {
        let (plan, tie) = (&self.0, Tie::of::<E>());
        Box::pin(async move {
            let pieces = plan.level.read_children(scope, &rows).await?;
            let totals = try_join_all(keys.iter().map(|key| plan.total(scope, Some((tie, *key))))).await?;
            let mut pages: std::collections::HashMap<i32, Vec<PgRow>> =
                keys.iter().map(|key| (*key, Vec::new())).collect();
            for row in rows {
                let parent = integer(&row, 0).map_err(Error::internal)?;
                pages.entry(parent.unwrap_or_default()).or_default().push(row);
            }
            let (mut written, mut bytes) = (Pieces::with_capacity(keys.len()), 0);
            for (key, total) in keys.into_iter().zip(totals) {
                let rows = pages.remove(&key).unwrap_or_default();
                let mut out = Vec::with_capacity(64 + rows.len() * 128);
                plan.write_page(scope, &plan.args.slice(rows), &pieces, total, &mut out)?;
                bytes += out.len();
                check_size(bytes)?;
                written.insert(key, out);
            }
            Ok(written)
        })
    }
}
