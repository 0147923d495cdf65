//! Writing: a transaction in a scope.
//!
//! The same [`Scoped`] rows that are read are what is updated and deleted, so another workspace's row is one
//! that does not exist. Dropping a transaction that was not committed undoes it: by `ROLLBACK` between statements,
//! and in the middle of one, whose end nobody would see, by closing the connection.

use std::marker::PhantomData;

use diesel::associations::HasTable;
use diesel::pg::Pg;
use diesel::query_builder::{AsChangeset, InsertStatement, QueryFragment};
use diesel::result::Error::{self as QueryError, BrokenTransactionManager};
use diesel::result::QueryResult;
use diesel_async::AsyncConnectionCore;
use futures_util::future::join_all;
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio::sync::MutexGuard;

use super::connection::PgConnection;
use super::scope::{Owned, Record, Scope, Scoped, Window};
use super::sqlstate::{DatabaseError, Meaning, meaning};
use super::statement::{Delete, Insert, Lock, NewRow, Select, Statement, Update, UpdateBoth};
use super::{Lease, PgRow};
use crate::error::{Error, Result};
use crate::scalar::DateTime;

impl Lease {
    /// Runs statements that do not depend on each other: all are sent before the first is answered.
    pub(super) async fn load_all(
        &mut self,
        statements: &[Select],
        admit: impl Fn(&PgRow) -> QueryResult<()>,
    ) -> QueryResult<Vec<Vec<PgRow>>> {
        for _ in statements {
            self.statement()?;
        }
        let (lease, admit) = (&*self, &admit);
        let loads = statements.iter().map(|statement| {
            lease.db.measured(lease.answered(async move {
                let mut connection = lease.connection.as_deref().ok_or(BrokenTransactionManager)?;
                admitted(AsyncConnectionCore::load(&mut connection, statement).await?, admit).await
            }))
        });
        // One that fails does not end the others, and none may be running when the connection is used again.
        let rows = join_all(loads).await;
        self.in_flight = rows.iter().any(may_go_on);
        rows.into_iter().collect::<QueryResult<_>>().map_err(|error| self.inspected(error))
    }

    /// Runs one statement of the database layer itself.
    pub(super) async fn run<T>(
        &mut self,
        run: impl AsyncFnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> QueryResult<T> {
        let timeout = self.db.0.answer_timeout;
        let ran = tokio::time::timeout(timeout, run(self.statement()?)).await;
        let ran = ran.unwrap_or_else(|_| Err(DatabaseError::unanswered()));
        self.in_flight = may_go_on(&ran);
        ran.map_err(|error| self.inspected(error))
    }

    /// Runs a statement and reads its rows; [`Lease::load`] also measures it.
    pub(super) async fn rows<R: Send>(
        &mut self,
        statement: impl Statement,
        read: impl Fn(PgRow) -> QueryResult<R> + Send,
    ) -> QueryResult<Vec<R>> {
        self.statement()?;
        let rows = self.answered(async {
            let mut connection = self.connection.as_deref().ok_or(BrokenTransactionManager)?;
            let rows = AsyncConnectionCore::load(&mut connection, statement).await?;
            rows.map(|row| row.and_then(&read)).try_collect().await
        });
        let rows = rows.await;
        self.in_flight = may_go_on(&rows);
        rows.map_err(|error| self.inspected(error))
    }
}

/// All rows, each of which is admitted.
pub(super) async fn admitted(
    rows: impl Stream<Item = QueryResult<PgRow>>,
    admit: impl Fn(&PgRow) -> QueryResult<()>,
) -> QueryResult<Vec<PgRow>> {
    rows.map(|row| row.and_then(|row| admit(&row).map(|()| row))).try_collect().await
}

/// Whether PostgreSQL may go on with a statement whose end nobody saw, or with rows that nobody reads.
fn may_go_on<T>(ran: &QueryResult<T>) -> bool {
    ran.as_ref().is_err_and(|error| {
        matches!(error, QueryError::DeserializationError(_))
            || DatabaseError::of(error).is_some_and(DatabaseError::is_unanswered)
    })
}

/// In diesel's words.
fn connection_closed(_: crate::error::Error) -> diesel::result::Error {
    BrokenTransactionManager
}

/// How a statement failed that writes: another transaction may have been in the way.
pub(super) fn write_error(error: QueryError) -> Error {
    match meaning(&error) {
        Some(Meaning::Contended) => Error::contended(error),
        _ => error.into(),
    }
}

/// A change of rows that was not made yet.
pub struct PendingUpdate<R> {
    update: Update,
    row: PhantomData<fn() -> R>,
}

impl<R: Record> PendingUpdate<R> {
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
        lease.run(async |connection| connection.begin_transaction().await).await?;
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
            self.lease()?
                .run(async |connection| connection.end_transaction("COMMIT").await)
                .await
                .map_err(write_error)?;
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
        self.lease().map_err(connection_closed)?.load(rows.select(R::columns()), |row| R::read(&row)).await
    }

    /// The one row, or none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find<R: Record>(&mut self, rows: Scoped<R::Table>) -> QueryResult<Option<R>> {
        let select = Select { limit: Some(1), ..rows.select(R::columns()) };
        Ok(self.lease().map_err(connection_closed)?.load(select, |row| R::read(&row)).await?.pop())
    }

    /// A part of the ordered rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page<R: Record>(&mut self, rows: Scoped<R::Table>, window: Window) -> QueryResult<Vec<R>> {
        self.lease().map_err(connection_closed)?.load(window.apply(rows, R::columns()), |row| R::read(&row)).await
    }

    /// The one row, or none; nobody else changes it before this transaction ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock<R: Record>(&mut self, rows: Scoped<R::Table>) -> QueryResult<Option<R>> {
        let select = Select { lock: Some(Lock::Wait), ..rows.select(R::columns()) };
        Ok(self.lease().map_err(connection_closed)?.load(select, |row| R::read(&row)).await?.into_iter().next())
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
        self.lease().map_err(connection_closed)?.load(insert, |row| R::read(&row)).await
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
        self.lease().map_err(connection_closed)?.load(insert, |row| R::read(&row)).await
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
        self.execute(PendingUpdate::setting(rows, Box::new(changes))).await
    }

    /// Marks the rows as deleted and gives them back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete<R: Record>(&mut self, rows: Scoped<R::Table>) -> QueryResult<Vec<R>> {
        let deletion = R::Table::deletion(DateTime::from(self.scope.now()));
        self.execute(PendingUpdate::setting(rows, deletion)).await
    }

    /// Makes the change and gives the rows back as they now are.
    ///
    /// # Errors
    /// When the database refuses the change or fails.
    pub async fn execute<R: Record>(&mut self, change: PendingUpdate<R>) -> QueryResult<Vec<R>> {
        self.lease().map_err(connection_closed)?.load(change.update, |row| R::read(&row)).await
    }

    /// Makes a change of one row and what follows from it, in one statement; gives the row back. What follows finds its
    /// own row by [`super::statement::OfFirst`], so without the first nothing does.
    ///
    /// # Errors
    /// When the database refuses one of them or fails; then neither is made.
    pub async fn execute_linked<R: Record, S>(
        &mut self,
        first: PendingUpdate<R>,
        then: PendingUpdate<S>,
    ) -> QueryResult<Vec<R>> {
        let both = UpdateBoth { first: first.update, then: then.update };
        self.lease().map_err(connection_closed)?.load(both, |row| R::read(&row)).await
    }

    /// Removes a part of each parent's rows for good, and tells how many. What another transaction has locked stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge<T: Owned>(&mut self, parents: Vec<i32>, rows: Scoped<T>, window: Window) -> QueryResult<usize> {
        let pks = Select { parents: Some(parents), lock: Some(Lock::Skip), ..window.apply(rows, T::pk()) };
        let delete = Delete { table: T::TABLE, pks };
        let lease = self.lease().map_err(connection_closed)?;
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
            if lease.run(async |connection| connection.end_transaction("ROLLBACK").await).await.is_ok() {
                lease.done();
            }
        });
    }
}
