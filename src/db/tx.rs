//! Writing: a transaction in a scope.
//!
//! The same [`Scoped`] rows that are read are what is updated and deleted, so another workspace's row is one
//! that does not exist. Dropping a transaction that was not committed undoes it: by `ROLLBACK` between statements,
//! and in the middle of one, whose end nobody would see, by closing the connection.

use std::marker::PhantomData;
use std::ops::Deref;

use diesel::associations::HasTable;
use diesel::pg::Pg;
use diesel::query_builder::{AsChangeset, InsertStatement, QueryFragment};
use diesel::result::Error::{self as QueryError, BrokenTransactionManager};
use diesel::result::QueryResult;
use diesel_async::{AsyncConnectionCore, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::future::join_all;
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio::sync::MutexGuard;

use super::scope::{Owned, Record, Scope, Scoped, Window};
use super::statement::{Delete, Insert, Lock, NewRow, Select, Statement, Update, UpdateBoth};
use super::{Lease, PgRow};
use crate::error::{Error, Result};
use crate::scalar::DateTime;

impl Lease {
    /// Runs statements that do not depend on each other: all are sent before the first is answered.
    pub(super) async fn load_all(
        &mut self,
        statements: Vec<impl Statement>,
        admit: impl Fn(&PgRow) -> QueryResult<()>,
    ) -> QueryResult<Vec<Vec<PgRow>>> {
        for _ in &statements {
            self.statement().map_err(given_back)?;
        }
        let (lease, admit) = (&*self, &admit);
        let loads = statements.into_iter().map(|statement| {
            lease.db.measured(async move {
                let mut connection = lease.connection.as_deref().map(Deref::deref).ok_or(BrokenTransactionManager)?;
                admitted(AsyncConnectionCore::load(&mut connection, statement).await?, admit).await
            })
        });
        // One that fails does not end the others, and none may be running when the connection is used again.
        let rows = join_all(loads).await;
        self.in_flight = rows.iter().any(is_left_unread);
        rows.into_iter().collect::<QueryResult<_>>().map_err(|error| self.noticed(error))
    }

    /// Runs one statement of the database layer itself.
    pub(super) async fn run<T>(
        &mut self,
        run: impl AsyncFnOnce(&mut AsyncPgConnection) -> QueryResult<T>,
    ) -> QueryResult<T> {
        let ran = run(self.statement().map_err(given_back)?).await;
        self.in_flight = false;
        ran
    }

    /// Runs a statement and reads its rows; [`Lease::load`] also measures it.
    pub(super) async fn rows<R: Send>(
        &mut self,
        statement: impl Statement,
        read: impl Fn(PgRow) -> QueryResult<R> + Send,
    ) -> QueryResult<Vec<R>> {
        let connection = self.statement().map_err(given_back)?;
        let rows = match AsyncConnectionCore::load(connection, statement).await {
            Ok(rows) => rows,
            Err(error) => {
                self.in_flight = false;
                return Err(self.noticed(error));
            }
        };
        let read_row = |mut all: Vec<R>, row| {
            let read = read(row);
            async move {
                all.push(read?);
                Ok(all)
            }
        };
        let read = rows.try_fold(Vec::new(), read_row).await;
        self.in_flight = is_left_unread(&read);
        read.map_err(|error| self.noticed(error))
    }
}

/// All rows, each of which is admitted.
pub(super) async fn admitted(
    rows: impl Stream<Item = QueryResult<PgRow>>,
    admit: impl Fn(&PgRow) -> QueryResult<()>,
) -> QueryResult<Vec<PgRow>> {
    rows.map(|row| row.and_then(|row| admit(&row).map(|()| row))).try_collect().await
}

/// Whether PostgreSQL may go on with rows that nobody reads.
fn is_left_unread<T>(rows: &QueryResult<T>) -> bool {
    matches!(rows, Err(QueryError::DeserializationError(_)))
}

/// In diesel's words.
fn given_back(_: crate::error::Error) -> diesel::result::Error {
    BrokenTransactionManager
}

/// A change of rows that was not made yet.
pub struct Changing<R> {
    update: Update,
    row: PhantomData<fn() -> R>,
}

impl<R: Record> Changing<R> {
    /// The change of these rows.
    pub fn of<C>(rows: Scoped<R::Table>, changes: C) -> Self
    where
        R::Table: HasTable<Table = R::Table>,
        C: AsChangeset<Target = R::Table> + Send,
        C::Changeset: QueryFragment<Pg> + Send + 'static,
    {
        Self::setting(rows, Box::new(changes.as_changeset()))
    }

    fn setting(rows: Scoped<R::Table>, changes: Box<dyn QueryFragment<Pg> + Send>) -> Self {
        let (table, conditions) = (R::Table::TABLE, rows.conditions());
        Self { update: Update { table, changes, conditions, returning: R::columns() }, row: PhantomData }
    }
}

/// A transaction of one request.
pub struct Tx<'s> {
    scope: &'s Scope,
    lease: Option<Lease>,
    /// Whether what it does is held together by `BEGIN` and `COMMIT`, rather than each statement lasting by itself.
    spans: bool,
    /// A request holds one connection at a time.
    _turn: MutexGuard<'s, ()>,
}

impl<'s> Tx<'s> {
    pub(super) async fn begin(scope: &'s Scope, mut lease: Lease, turn: MutexGuard<'s, ()>) -> Result<Self> {
        lease.run(async |connection| connection.batch_execute("BEGIN").await).await?;
        Ok(Self { scope, lease: Some(lease), spans: true, _turn: turn })
    }

    pub(super) const fn single(scope: &'s Scope, lease: Lease, turn: MutexGuard<'s, ()>) -> Self {
        Self { scope, lease: Some(lease), spans: false, _turn: turn }
    }

    /// Makes everything it did last.
    ///
    /// # Errors
    /// When the database fails, a deferred constraint included; then nothing lasts.
    pub async fn commit(mut self) -> Result<()> {
        if self.spans {
            self.lease()?.run(async |connection| connection.batch_execute("COMMIT").await).await?;
        }
        if let Some(lease) = self.lease.take() {
            lease.done();
        }
        self.scope.batches().forget();
        Ok(())
    }

    pub(super) fn lease(&mut self) -> Result<&mut Lease> {
        self.lease.as_mut().ok_or_else(|| Error::internal("the transaction has ended"))
    }

    /// Whose transaction it is.
    #[must_use]
    pub const fn scope(&self) -> &'s Scope {
        self.scope
    }

    /// The rows, in no order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load<R: Record>(&mut self, rows: Scoped<R::Table>) -> QueryResult<Vec<R>> {
        self.lease().map_err(given_back)?.load(rows.select(R::columns()), |row| R::read(&row)).await
    }

    /// The one row, or none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find<R: Record>(&mut self, rows: Scoped<R::Table>) -> QueryResult<Option<R>> {
        let select = Select { limit: Some(1), ..rows.select(R::columns()) };
        Ok(self.lease().map_err(given_back)?.load(select, |row| R::read(&row)).await?.pop())
    }

    /// A part of the ordered rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page<R: Record>(&mut self, rows: Scoped<R::Table>, window: Window) -> QueryResult<Vec<R>> {
        self.lease().map_err(given_back)?.load(window.apply(rows, R::columns()), |row| R::read(&row)).await
    }

    /// The one row, or none; nobody else changes it before this transaction ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock<R: Record>(&mut self, rows: Scoped<R::Table>) -> QueryResult<Option<R>> {
        let select = Select { lock: Some(Lock::Wait), ..rows.select(R::columns()) };
        Ok(self.lease().map_err(given_back)?.load(select, |row| R::read(&row)).await?.into_iter().next())
    }

    /// Inserts rows and gives them back. Values of an owned table carry [`Scope::workspace`].
    ///
    /// # Errors
    /// When the database refuses them or fails.
    pub async fn insert<R: Record, V>(&mut self, values: InsertStatement<R::Table, V>) -> QueryResult<Vec<R>>
    where
        R::Table: diesel::QuerySource,
        InsertStatement<R::Table, V>: QueryFragment<Pg> + Send + 'static,
    {
        let insert = Insert { insert: Box::new(values), returning: R::columns() };
        self.lease().map_err(given_back)?.load(insert, |row| R::read(&row)).await
    }

    /// Inserts a row for each of these and gives what was inserted back.
    ///
    /// # Errors
    /// When the database refuses them or fails.
    pub async fn insert_from<R: Record, S: Owned>(
        &mut self,
        rows: Scoped<S>,
        new: NewRow<R::Table, S>,
    ) -> QueryResult<Vec<R>> {
        let insert = new.of_each(rows, self.scope.workspace(), R::columns());
        self.lease().map_err(given_back)?.load(insert, |row| R::read(&row)).await
    }

    /// Changes the rows and gives them back as they now are; without changes just as they are.
    ///
    /// # Errors
    /// When the database refuses the changes or fails.
    pub async fn update<R: Record, C>(&mut self, rows: Scoped<R::Table>, changes: C) -> QueryResult<Vec<R>>
    where
        R::Table: HasTable<Table = R::Table>,
        C: AsChangeset<Target = R::Table>,
        C::Changeset: QueryFragment<Pg> + Send + 'static,
    {
        let changes = changes.as_changeset();
        if changes.is_noop(&Pg)? {
            return self.load(rows).await;
        }
        self.make(Changing::setting(rows, Box::new(changes))).await
    }

    /// Marks the rows as deleted and gives them back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete<R: Record>(&mut self, rows: Scoped<R::Table>) -> QueryResult<Vec<R>> {
        let deletion = R::Table::deletion(DateTime(self.scope.now()));
        self.make(Changing::setting(rows, deletion)).await
    }

    /// Makes the change and gives the rows back as they now are.
    ///
    /// # Errors
    /// When the database refuses the change or fails.
    pub async fn make<R: Record>(&mut self, change: Changing<R>) -> QueryResult<Vec<R>> {
        self.lease().map_err(given_back)?.load(change.update, |row| R::read(&row)).await
    }

    /// Makes a change of one row and what follows from it, in one statement; gives the row back. What follows finds its
    /// own row by [`super::statement::OfFirst`], so without the first nothing does.
    ///
    /// # Errors
    /// When the database refuses one of them or fails; then neither is made.
    pub async fn make_both<R: Record, S>(&mut self, first: Changing<R>, then: Changing<S>) -> QueryResult<Vec<R>> {
        let both = UpdateBoth { first: first.update, then: then.update };
        self.lease().map_err(given_back)?.load(both, |row| R::read(&row)).await
    }

    /// Removes a part of each parent's rows for good, and tells how many. What another transaction has locked stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge<T: Owned>(&mut self, parents: Vec<i32>, rows: Scoped<T>, window: Window) -> QueryResult<usize> {
        let pks = Select { parents: Some(parents), lock: Some(Lock::Skip), ..window.apply(rows, T::pk()) };
        let delete = Delete { table: T::TABLE, pks };
        let lease = self.lease().map_err(given_back)?;
        lease.run(async |connection| AsyncConnectionCore::execute_returning_count(connection, delete).await).await
    }
}

impl Drop for Tx<'_> {
    fn drop(&mut self) {
        let Some(mut lease) = self.lease.take().filter(|lease| !lease.in_flight) else { return };
        if !self.spans {
            return lease.done();
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            if lease.run(async |connection| connection.batch_execute("ROLLBACK").await).await.is_ok() {
                lease.done();
            }
        });
    }
}
