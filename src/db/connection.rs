//! A connection that runs diesel's statements with tokio-postgres.
//!
//! Diesel-async has such a connection, whose errors do not carry their SQLSTATE: what it has no kind for, a deadlock for
//! one, could only be told by its text, which is in the server's language. This one keeps the code
//! ([`DatabaseError`]). It also knows the schema's types from the start, where that one finds out about each by
//! building every statement twice.

mod lent;
mod row;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::BytesMut;
use diesel::pg::{Pg, PgMetadataLookup, PgQueryBuilder, PgTypeMetadata};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{AsQuery, QueryBuilder, QueryFragment, QueryId};
use diesel::result::{Error as QueryError, QueryResult};
use diesel_async::{AsyncConnectionCore, SimpleAsyncConnection};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use tokio_postgres::types::{IsNull, Kind, ToSql, Type};
use tokio_postgres::{CancelToken, Client, Statement};
use tokio_util::task::AbortOnDropHandle;

use self::lent::Lent;
pub use self::row::PgRow;
use self::row::{Columns, types_of};
use super::connect::{Endpoint, Opened};
use super::sqlstate::DatabaseError;

/// The types of the program's own schema, and whether they are enums.
const TYPES: &str = "SELECT typname::text, pg_type.oid, typarray, typtype = 'e' FROM pg_catalog.pg_type
    JOIN pg_catalog.pg_namespace ON pg_namespace.oid = typnamespace WHERE nspname = 'core_api'";

/// Parameters that a statement can have: the protocol counts them in two bytes.
const MAX_PARAMETERS: usize = 65_535;

/// A statement has more parameters than it can have.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooManyParameters;

impl fmt::Display for TooManyParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a statement has too many parameters")
    }
}

impl std::error::Error for TooManyParameters {}

/// A connection for statements of diesel, which may be sent one behind the other without waiting for answers.
pub struct PgConnection {
    client: Client,
    /// Ends with it, whatever the server still has to say.
    _driver: AbortOnDropHandle<()>,
    endpoint: Endpoint,
    /// Whether a transaction is open that spans several statements.
    spans: AtomicBool,
    /// Where a pooler lends it to the server for each transaction: nothing is prepared then, nor set for longer.
    lent: Option<Lent>,
    types: Arc<Types>,
    prepared: Mutex<HashMap<Key, Prepared>>,
    /// The bytes of SQL that are prepared.
    prepared_bytes: AtomicUsize,
}

/// The ids of types and of lists of them, by the names of the types.
type Types = HashMap<String, (u32, u32)>;

/// What a statement is prepared for: its SQL, and the types of its parameters.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    sql: String,
    types: Vec<u32>,
}

#[derive(Clone)]
struct Prepared {
    statement: Statement,
    /// The types of its columns.
    columns: Columns,
}

/// What a connection begins with.
#[derive(Clone, Debug)]
pub enum Setup {
    /// SQL that holds for as long as it is open.
    Session(Arc<str>),
    /// SQL that begins each of its transactions, since a pooler lends a connection for no longer than one.
    Transaction(Arc<str>),
}

/// A statement as it is sent.
struct Written {
    key: Key,
    parameters: Vec<Parameter>,
    keep: bool,
}

impl PgConnection {
    /// The connection of a client, whose driver is set to work, and what it begins with.
    pub async fn begin(opened: Opened, setup: &Setup) -> Result<Self, tokio_postgres::Error> {
        let Opened { client, driver, endpoint } = opened;
        let driver = AbortOnDropHandle::new(tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(error = %crate::error::Chain(&error), "a connection to the database ended");
            }
        }));
        let lent = match setup {
            Setup::Session(setup) => {
                client.batch_execute(setup).await?;
                None
            }
            Setup::Transaction(begin) => Some(Lent::of(&client, begin.clone()).await?),
        };
        let rows = client.query_typed(TYPES, &[]).await?;
        let types = rows.iter().map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?))));
        let types = types.collect::<Result<Types, tokio_postgres::Error>>()?;
        Ok(Self {
            client,
            _driver: driver,
            endpoint,
            spans: AtomicBool::new(false),
            lent,
            types: Arc::new(types),
            prepared: Mutex::default(),
            prepared_bytes: AtomicUsize::new(0),
        })
    }

    /// Begins a transaction that spans several statements.
    pub async fn begin_transaction(&self) -> QueryResult<()> {
        let begin = self.lent.as_ref().map_or("BEGIN", Lent::begin);
        self.client.batch_execute(begin).await.map_err(DatabaseError::from)?;
        self.spans.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Ends it with this: `COMMIT` or `ROLLBACK`.
    pub async fn end_transaction(&self, end: &str) -> QueryResult<()> {
        self.spans.store(false, Ordering::Relaxed);
        Ok(self.client.batch_execute(end).await.map_err(DatabaseError::from)?)
    }

    /// Whether nothing can be sent any more.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The bytes of SQL that it has prepared.
    pub fn prepared_bytes(&self) -> usize {
        self.prepared_bytes.load(Ordering::Relaxed)
    }

    /// What ends the statement that it runs, and where that is to be sent.
    pub fn cancellation(&self) -> (CancelToken, Endpoint) {
        (self.client.cancel_token(), self.endpoint.clone())
    }

    fn write(&self, query: &(impl QueryFragment<Pg> + QueryId)) -> QueryResult<Written> {
        let mut sql = PgQueryBuilder::default();
        query.to_sql(&mut sql, &Pg)?;
        let mut binds = RawBytesBindCollector::<Pg>::new();
        query.collect_binds(&mut binds, &mut Lookup(Arc::clone(&self.types)), &Pg)?;
        let types = binds.metadata.iter().map(|metadata| metadata.oid().map_err(Into::into));
        let types = types.collect::<Result<Vec<_>, _>>().map_err(QueryError::SerializationError)?;
        if types.len() > MAX_PARAMETERS {
            return Err(QueryError::SerializationError(Box::new(TooManyParameters)));
        }
        Ok(Written {
            key: Key { sql: sql.finish(), types },
            parameters: binds.binds.into_iter().map(Parameter).collect(),
            keep: query.is_safe_to_cache_prepared(&Pg)?,
        })
    }

    async fn prepare(&self, key: Key, keep: bool) -> Result<Prepared, tokio_postgres::Error> {
        if let Some(known) = self.prepared.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let types = key.types.iter().copied().map(parameter_type).collect::<Vec<_>>();
        let statement = self.client.prepare_typed(&key.sql, &types).await?;
        let prepared = Prepared { columns: types_of(statement.columns()), statement };
        if keep {
            self.prepared_bytes.fetch_add(key.sql.len(), Ordering::Relaxed);
            self.prepared.lock().unwrap_or_else(PoisonError::into_inner).insert(key, prepared.clone());
        }
        Ok(prepared)
    }

    async fn rows(&self, written: QueryResult<Written>) -> QueryResult<BoxStream<'static, QueryResult<PgRow>>> {
        if let Some(lent) = &self.lent {
            return lent.rows(&self.client, written?, self.spans.load(Ordering::Relaxed)).await;
        }
        let Written { key, parameters, keep } = written?;
        let prepared = self.prepare(key, keep).await.map_err(DatabaseError::from)?;
        let rows = self.client.query_raw(&prepared.statement, parameters).await.map_err(DatabaseError::from)?;
        let columns = prepared.columns;
        let read = move |row: Result<_, tokio_postgres::Error>| match row {
            Ok(row) => Ok(PgRow { row, columns: Arc::clone(&columns) }),
            Err(error) => Err(DatabaseError::from(error).into()),
        };
        Ok(rows.map(read).boxed())
    }

    async fn count(&self, written: QueryResult<Written>) -> QueryResult<usize> {
        let rows = if let Some(lent) = &self.lent {
            lent.count(&self.client, written?, self.spans.load(Ordering::Relaxed)).await?
        } else {
            let Written { key, parameters, keep } = written?;
            let prepared = self.prepare(key, keep).await.map_err(DatabaseError::from)?;
            self.client.execute_raw(&prepared.statement, parameters).await.map_err(DatabaseError::from)?
        };
        rows.try_into().map_err(|error| QueryError::DeserializationError(Box::new(error)))
    }
}

// What else runs statements is built upon it.
impl SimpleAsyncConnection for &PgConnection {
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        Ok(self.client.batch_execute(query).await.map_err(DatabaseError::from)?)
    }
}

impl SimpleAsyncConnection for PgConnection {
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        (&*self).batch_execute(query).await
    }
}

impl<'c> AsyncConnectionCore for &'c PgConnection {
    type ExecuteFuture<'conn, 'query> = BoxFuture<'c, QueryResult<usize>>;
    type LoadFuture<'conn, 'query> = BoxFuture<'c, QueryResult<Self::Stream<'conn, 'query>>>;
    type Stream<'conn, 'query> = BoxStream<'static, QueryResult<PgRow>>;
    type Row<'conn, 'query> = PgRow;
    type Backend = Pg;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Pg> + QueryId + 'query,
    {
        self.rows(self.write(&source.as_query())).boxed()
    }

    fn execute_returning_count<'conn, 'query, T>(&'conn mut self, source: T) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Pg> + QueryId + 'query,
    {
        self.count(self.write(&source)).boxed()
    }
}

impl AsyncConnectionCore for PgConnection {
    type ExecuteFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<usize>>;
    type LoadFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<Self::Stream<'conn, 'query>>>;
    type Stream<'conn, 'query> = BoxStream<'static, QueryResult<PgRow>>;
    type Row<'conn, 'query> = PgRow;
    type Backend = Pg;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Pg> + QueryId + 'query,
    {
        self.rows(self.write(&source.as_query())).boxed()
    }

    fn execute_returning_count<'conn, 'query, T>(&'conn mut self, source: T) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Pg> + QueryId + 'query,
    {
        self.count(self.write(&source)).boxed()
    }
}

/// The type of a parameter by its id: what else there is to know of it is for the server.
fn parameter_type(oid: u32) -> Type {
    Type::from_oid(oid).unwrap_or_else(|| Type::new(String::new(), oid, Kind::Simple, String::new()))
}

/// The schema's types, as diesel asks for them. It is left to the server what a parameter of an unknown one is.
struct Lookup(Arc<Types>);

impl PgMetadataLookup for Lookup {
    fn lookup_type(&mut self, type_name: &str, _schema: Option<&str>) -> PgTypeMetadata {
        let (oid, array_oid) = self.0.get(type_name).copied().unwrap_or_default();
        PgTypeMetadata::new(oid, array_oid)
    }
}

/// A parameter as diesel has written it.
struct Parameter(Option<Vec<u8>>);

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a parameter")
    }
}

impl ToSql for Parameter {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let Some(bytes) = &self.0 else { return Ok(IsNull::Yes) };
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        of: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.to_sql(of, out)
    }
}
