//! Statements over a pooler that lends a connection of PostgreSQL for each transaction.
//!
//! Two transactions of one client may run on two connections, and two clients share one. So a statement has no name, and
//! what is set is set for its transaction. Begin, statement and end are sent one behind the other, which takes one round
//! trip; whatever becomes of the client, the end is behind the statement already.

use std::future::{poll_fn, ready};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use diesel::result::{Error as QueryError, QueryResult};
use futures_util::stream::{BoxStream, once};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, SimpleQueryStream};

use super::row::{Columns, PgRow, types_of};
use super::{TYPES, Written, parameter_type};
use crate::db::sqlstate::DatabaseError;

/// Forgets the statements that the client has named, and those that another left there under such names: they would stay
/// with PostgreSQL's connection. A pooler that keeps statements for its clients gives them other names.
const FORGET: &str = "DO $$ DECLARE named text; BEGIN
    FOR named IN SELECT name FROM pg_catalog.pg_prepared_statements WHERE name ~ '^s[0-9]+$'
    LOOP EXECUTE pg_catalog.format('DEALLOCATE %I', named); END LOOP; END $$";

/// How statements are sent.
pub(super) struct Lent {
    begin: Arc<str>,
}

impl Lent {
    /// For a client that has just connected. Of types that PostgreSQL does not have everywhere, it asks what they are when
    /// it first meets them, with statements that have names: it meets them here, within a transaction.
    pub async fn of(client: &Client, begin: Arc<str>) -> Result<Self, Error> {
        client.batch_execute(&begin).await?;
        client.batch_execute(FORGET).await?;
        let mut values = Vec::new();
        for row in client.query_typed(TYPES, &[]).await? {
            if row.try_get(3)? {
                values.push(format!("NULL::core_api.\"{}\"", row.try_get::<_, &str>(0)?));
            }
        }
        client.query_typed(&format!("SELECT {}", values.join(", ")), &[]).await?;
        client.batch_execute(FORGET).await?;
        client.batch_execute("COMMIT").await?;
        Ok(Self { begin })
    }

    /// What begins a transaction.
    pub fn begin(&self) -> &str {
        &self.begin
    }

    /// Runs a statement and reads its rows, in a transaction of its own unless there is one.
    pub async fn rows(
        &self,
        client: &Client,
        written: Written,
        within: bool,
    ) -> QueryResult<BoxStream<'static, QueryResult<PgRow>>> {
        let Written { key, parameters, .. } = written;
        let parameters = parameters.into_iter().zip(key.types.into_iter().map(parameter_type));
        let (rows, ended) = self.run(client, client.query_typed_raw(&key.sql, parameters), within).await?;
        let mut columns: Option<Columns> = None;
        let read = move |row: Result<tokio_postgres::Row, Error>| {
            let row = row.map_err(DatabaseError::from)?;
            let columns = columns.get_or_insert_with(|| types_of(row.columns())).clone();
            Ok(PgRow { row, columns })
        };
        let rows = rows.map(read);
        let Some(ended) = ended else { return Ok(rows.boxed()) };
        // The rows count only when the transaction has lasted.
        Ok(rows.chain(once(answered(ended)).filter_map(|ended| ready(ended.err().map(Err)))).boxed())
    }

    /// The same, of which the number of rows is told.
    pub async fn count(&self, client: &Client, written: Written, within: bool) -> QueryResult<u64> {
        let types = written.key.types.into_iter().map(parameter_type);
        let parameters =
            written.parameters.iter().map(|parameter| parameter as &(dyn ToSql + Sync)).zip(types).collect::<Vec<_>>();
        let (count, ended) = self.run(client, client.execute_typed(&written.key.sql, &parameters), within).await?;
        if let Some(ended) = ended {
            answered(ended).await?;
        }
        Ok(count)
    }

    /// Sends a statement, before and behind it what makes it a transaction, and waits for its first answer.
    async fn run<T>(
        &self,
        client: &Client,
        statement: impl Future<Output = Result<T, Error>>,
        within: bool,
    ) -> QueryResult<(T, Option<SimpleQueryStream>)> {
        let mut statement = pin!(statement);
        if within {
            return Ok((statement.await.map_err(DatabaseError::from)?, None));
        }
        let mut begun = None;
        let mut ended = None;
        // To be polled once is to be sent, and nothing comes between them.
        let answer = poll_fn(|context| {
            begun = client.simple_query_raw(&self.begin).now_or_never();
            let answer = statement.as_mut().poll(context);
            ended = client.simple_query_raw("COMMIT").now_or_never();
            Poll::Ready(answer)
        });
        let answer = answer.await;
        let (begun, ended) = begun.zip(ended).ok_or(QueryError::BrokenTransactionManager)?;
        answered(begun.map_err(DatabaseError::from)?).await?;
        let answer = match answer {
            Poll::Ready(answer) => answer,
            Poll::Pending => statement.await,
        };
        Ok((answer.map_err(DatabaseError::from)?, Some(ended.map_err(DatabaseError::from)?)))
    }
}

/// Waits until the server has answered.
async fn answered(sent: SimpleQueryStream) -> QueryResult<()> {
    let mut sent = pin!(sent);
    while sent.try_next().await.map_err(DatabaseError::from)?.is_some() {}
    Ok(())
}
