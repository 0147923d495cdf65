//! The workspace scope: the only door to a connection.
//!
//! A [`Scope`] is made in one place, from a verified caller. It is the only source of [`Scoped`] rows, a
//! [`Scoped`] starts with the condition of its workspace and can only be narrowed, and nothing but a
//! [`Scoped`] can be read. A table that nobody declared [`Owned`] cannot be reached at all.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::Utc;
use diesel::pg::Pg;
use diesel::result::Error::DeserializationError;
use diesel::result::QueryResult;
use diesel::row::{Field, Row};
use tokio::sync::{Mutex, MutexGuard};

use super::changes::FeedPosition;
use super::condition::{Condition, Sql};
use super::identity::OpenWorkspace;
use super::loader::Batches;
pub use super::read::{Projection, Read, Window};
use super::rows::rows_in_workspace;
pub use super::rows::{Identified, Owned, Part, Record, Scoped};
pub use super::statement::Joined;
use super::statement::{Select, Statement, Union};
use super::tx::Tx;
use super::{Db, Lease, PgRow};
use crate::answer_size::{MAX_ANSWER_SIZE, NoRoom, TooLarge};
use crate::auth::{Access, Caller, Principal, Role};
use crate::error::{Error, Result};
use crate::id::Sealer;

/// Comparisons that the filters of one request make at the most.
const MAX_COMPARISONS: usize = 1_000;

/// The bytes of rows that one request reads at the most: twice what an answer may have, since some of what is read may
/// not be told.
const MAX_READ_SIZE: usize = 2 * MAX_ANSWER_SIZE;
/// Of so many rows one is weighed.
const SAMPLE_INTERVAL: usize = 16;

/// The memory that the rows of a request, and what is made of them, may take. Whoever executes the request gives it one.
pub trait MemoryBudget: Send + Sync {
    /// Whether there is room for anything at all.
    fn has_room(&self) -> bool;

    /// Takes so many bytes more, if there is room for them.
    fn grow(&self, bytes: usize) -> bool;

    /// So many bytes have taken the place of all that was taken before.
    fn settle(&self, bytes: usize);
}

/// The caller's own workspace as a column's value: what an inserted row carries. Only a scope makes one.
#[derive(Clone, Copy, Debug, diesel::expression::AsExpression)]
#[diesel(sql_type = diesel::sql_types::Integer)]
pub struct OwnWorkspace(i32);

impl diesel::serialize::ToSql<diesel::sql_types::Integer, Pg> for OwnWorkspace {
    fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, Pg>) -> diesel::serialize::Result {
        <i32 as diesel::serialize::ToSql<diesel::sql_types::Integer, Pg>>::to_sql(&self.0, out)
    }
}

/// Who asks, in which workspace and with which role; lives as long as one request.
#[derive(Clone)]
pub struct Scope(Arc<Inner>);

struct Inner {
    db: Db,
    caller: Caller,
    batches: Batches,
    /// A position in the change feed from before anything was read.
    position: Option<FeedPosition>,
    comparisons: AtomicUsize,
    /// The rows that were read, from any number on.
    rows: AtomicUsize,
    /// Their bytes.
    read: AtomicUsize,
    memory: Arc<dyn MemoryBudget>,
    /// A request holds one connection at a time.
    turn: Mutex<()>,
}

impl Scope {
    /// The scope of a verified caller, for a request that has only so much memory. All before the position in the change
    /// feed must be visible by now.
    #[must_use]
    pub fn new(db: Db, caller: Caller, position: Option<FeedPosition>, memory: Arc<dyn MemoryBudget>) -> Self {
        Self(Arc::new(Inner {
            position,
            db: db.for_principal(&caller),
            caller,
            batches: Batches::default(),
            comparisons: AtomicUsize::new(0),
            rows: AtomicUsize::new(usize::from(RandomState::new().hash_one(()).to_le_bytes()[0])),
            read: AtomicUsize::new(0),
            memory,
            turn: Mutex::default(),
        }))
    }

    /// Who asks.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.0.caller
    }

    /// Its role in the workspace.
    #[must_use]
    pub fn role(&self) -> Role {
        self.0.caller.role()
    }

    /// The workspace, as a value to insert.
    #[must_use]
    pub fn workspace(&self) -> OwnWorkspace {
        OwnWorkspace(self.caller().workspace_pk())
    }

    /// Refuses callers whose role is not let in.
    ///
    /// # Errors
    /// `FORBIDDEN`.
    pub fn require(&self, access: Access) -> Result<()> {
        if access.allows(self.role()) { Ok(()) } else { Err(Error::forbidden()) }
    }

    /// The value of a nullable field, or `FORBIDDEN` on just that field.
    pub fn protect<T>(&self, access: Access, value: Option<T>) -> Option<Result<T>> {
        match self.require(access) {
            Ok(()) => value.map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    /// The moment, as this request sees it.
    #[must_use]
    pub fn now(&self) -> chrono::DateTime<Utc> {
        self.0.db.now()
    }

    /// Seals ids and cursors.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        self.0.db.sealer()
    }

    /// The live rows of the table that the caller may see.
    #[must_use]
    pub fn rows<T: Owned>(&self) -> Scoped<T> {
        rows_in_workspace(self.caller()).filter(T::live())
    }

    /// The same with deleted rows, for the relations that a deletion must not cut.
    #[must_use]
    pub fn rows_including_deleted<T: Owned>(&self) -> Scoped<T> {
        rows_in_workspace(self.caller())
    }

    /// Counts the comparisons of the request's filters, each as often as a statement makes it.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when there are too many of them.
    pub fn charge_comparisons(&self, comparisons: usize) -> Result<()> {
        let before = self.0.comparisons.fetch_add(comparisons, Ordering::Relaxed);
        if before + comparisons > MAX_COMPARISONS {
            let message = format!("The filters of a request may make at most {MAX_COMPARISONS} comparisons.");
            return Err(Error::bad_input(message));
        }
        Ok(())
    }

    /// The comparisons that were counted up to now.
    #[must_use]
    pub fn filter_comparisons(&self) -> usize {
        self.0.comparisons.load(Ordering::Relaxed)
    }

    /// Forgets what was counted since then: it is counted again by whoever does the work anew.
    pub fn refund_comparisons_to(&self, compared: usize) {
        self.0.comparisons.store(compared, Ordering::Relaxed);
    }

    /// Begins anew, as another request of the same caller would: what was read may have changed since.
    pub fn reset_cache(&self) {
        self.batches().forget();
        self.0.comparisons.store(0, Ordering::Relaxed);
        self.0.read.store(0, Ordering::Relaxed);
        self.settle(0);
    }

    /// Counts a row as read, unless the request has read too much: no answer may become as large as that. To weigh each
    /// row would take as long as to write it, so one stands for those around it, and nobody knows which.
    fn sample_row_size(&self, row: &PgRow) -> QueryResult<()> {
        if !self.0.rows.fetch_add(1, Ordering::Relaxed).is_multiple_of(SAMPLE_INTERVAL) {
            return Ok(());
        }
        let bytes = (0..row.field_count()).filter_map(|index| Some(row.get(index)?.value()?.as_bytes().len()));
        let bytes = bytes.sum::<usize>() * SAMPLE_INTERVAL;
        let before = self.0.read.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > MAX_READ_SIZE {
            return Err(DeserializationError(Box::new(TooLarge)));
        }
        if self.0.memory.grow(bytes) { Ok(()) } else { Err(DeserializationError(Box::new(NoRoom))) }
    }

    /// Notes that all that the request has read has become so many bytes.
    pub fn settle(&self, bytes: usize) {
        self.0.memory.settle(bytes);
    }

    /// A position in the change feed: all before it, what the request reads shows.
    pub(crate) fn position(&self) -> Option<&FeedPosition> {
        self.0.position.as_ref()
    }

    pub(super) fn batches(&self) -> &Batches {
        &self.0.batches
    }

    /// The few rows that have some keys, in no order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_up<R: Record>(&self, rows: Scoped<R::Table>, keys: Condition<R::Table>) -> Result<Vec<R>> {
        self.found(rows.filter(keys).select(R::columns()), |row| R::read(&row)).await
    }

    /// All the rows, in no order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load<R: Record>(&self, rows: Scoped<R::Table>) -> Result<Vec<R>> {
        self.run(rows.select(R::columns()), |row| R::read(&row)).await
    }

    /// A part of the ordered rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page<R: Record>(&self, rows: Scoped<R::Table>, window: Window) -> Result<Vec<R>> {
        self.run(window.apply(rows, R::columns()), |row| R::read(&row)).await
    }

    /// The same part of each parent's rows, in one statement, with the parent's key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page_of_each<R: Record>(
        &self,
        parents: Vec<i32>,
        rows: Scoped<R::Table>,
        window: Window,
    ) -> Result<Vec<(i32, R)>> {
        let select = Select { parents: Some(parents), ..window.apply(rows, R::columns()) };
        self.run(select, |row| R::read_child(&row)).await
    }

    /// The rows of one read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read(&self, read: Read) -> Result<Vec<PgRow>> {
        if read.by_keys { self.found(read.select, Ok).await } else { self.run(read.select, Ok).await }
    }

    /// The rows of several reads, which are all sent before the first is answered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read_all(&self, mut reads: Vec<Read>) -> Result<Vec<Vec<PgRow>>> {
        if reads.len() <= 1 {
            return match reads.pop() {
                Some(only) => Ok(vec![self.read(only).await?]),
                None => Ok(Vec::new()),
            };
        }
        let _turn = self.0.turn.lock().await;
        let selects: Vec<_> = reads.into_iter().map(|read| read.select).collect();
        let mut outdated = None;
        loop {
            let mut lease = self.0.db.connection_since(outdated).await?;
            let rows = lease.load_all(&selects, |row| self.sample_row_size(row)).await;
            if let Some(rows) = lease.settled(rows, &mut outdated) {
                return rows;
            }
        }
    }

    /// What is computed over each parent's rows, grouped or not, with the parent's key in front. Rows that are
    /// tied to no parent are the same for each. What is computed may look into one row of constants.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn aggregate<T: Owned, R: Send>(
        &self,
        parents: Vec<i32>,
        rows: Scoped<T>,
        (what, group_by, constants): (Sql, Option<Sql>, Option<Sql>),
        read: impl Fn(&super::PgRow) -> QueryResult<R> + Send + Sync,
    ) -> Result<Vec<R>> {
        let select = Select { parents: Some(parents), group_by, constants, ..rows.select(what) };
        self.run(select, move |row| read(&row)).await
    }

    /// The rows of all parts together, which select the same columns.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn union<R: Send>(
        &self,
        parts: Vec<Part>,
        read: impl Fn(&super::PgRow) -> QueryResult<R> + Send + Sync,
    ) -> Result<Vec<R>> {
        self.run(Union(parts.into_iter().map(|part| part.0).collect()), move |row| read(&row)).await
    }

    /// Looks rows up by their keys: down a connection, or over a connection of its own.
    async fn found<R: Send>(
        &self,
        select: Select,
        read: impl Fn(PgRow) -> QueryResult<R> + Send + Sync,
    ) -> Result<Vec<R>> {
        match self.0.db.look_up(&select, |row| self.sample_row_size(row)).await {
            Some(rows) => Ok(rows.into_iter().map(read).collect::<QueryResult<_>>()?),
            None => self.run(select, read).await,
        }
    }

    async fn run<R: Send>(
        &self,
        statement: impl Statement + Sync,
        read: impl Fn(PgRow) -> QueryResult<R> + Send + Sync,
    ) -> Result<Vec<R>> {
        let _turn = self.0.turn.lock().await;
        let mut outdated = None;
        loop {
            let mut lease = self.0.db.connection_since(outdated).await?;
            let rows = lease.load(&statement, |row| self.sample_row_size(&row).and_then(|()| read(row))).await;
            if let Some(rows) = lease.settled(rows, &mut outdated) {
                return rows;
            }
        }
    }

    /// The workspaces that the caller may act in, this one among them. A machine has only its own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_workspaces(&self) -> Result<Vec<OpenWorkspace>> {
        match self.caller().principal() {
            Principal::Subject(subject) => {
                let _turn = self.0.turn.lock().await;
                self.0.db.workspaces_open_to(subject).await
            }
            Principal::ApiKey(_) => Ok(Vec::new()),
        }
    }

    /// Begins a transaction. Whatever it did is undone unless it is committed.
    ///
    /// # Errors
    /// When the database fails, and `SERVICE_UNAVAILABLE` when there is no room for any answer.
    pub async fn begin(&self) -> Result<Tx<'_>> {
        let (lease, turn) = self.write_connection().await?;
        Tx::begin(self, lease, turn).await
    }

    /// The same for work that writes in one statement at the most: nothing has to be begun or committed for that. What is
    /// read beside it may be of another moment.
    ///
    /// # Errors
    /// As [`Scope::begin`].
    pub async fn begin_single(&self) -> Result<Tx<'_>> {
        let (lease, turn) = self.write_connection().await?;
        Ok(Tx::single(self, lease, turn))
    }

    /// A connection for a change, which is not begun while there is no room for any answer.
    async fn write_connection(&self) -> Result<(Lease, MutexGuard<'_, ()>)> {
        let turn = self.0.turn.lock().await;
        let lease = self.0.db.connection().await?;
        if self.0.memory.has_room() {
            return Ok((lease, turn));
        }
        lease.done();
        Err(Error::busy())
    }
}
