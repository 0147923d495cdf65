"""The filled database: made once per data folder, and made anew when what it is made from has changed."""

import hashlib
import os
from pathlib import Path

from .postgres import run, say

HERE = Path(__file__).resolve().parent.parent
OWNER = "well"
LOGS = 500_000
# The keys of rows that a measurement adds begin here: see the end of sql/fill.sql.
ADDED = 100_000_000


class Database:
    """A database of the cluster that holds so many sync logs, and the rest as `sql/fill.sql` has it."""

    def __init__(self, cluster, binary, logs=LOGS):
        self.cluster, self.logs, self.name = cluster, logs, f"bench_{logs}"
        self.url = cluster.url(self.name, OWNER)
        made_from = [HERE / "sql/fill.sql", *sorted((HERE.parent / "migrations").glob("*/up.sql"))]
        wanted = hashlib.sha256(b"".join(path.read_bytes() for path in made_from)).hexdigest()
        if cluster.psql("postgres", f"SELECT 1 FROM pg_roles WHERE rolname = '{OWNER}'") == []:
            cluster.psql("postgres", f"CREATE ROLE {OWNER} LOGIN; CREATE EXTENSION pg_stat_statements")
        # The database's comment says what it was made from.
        known = cluster.psql("postgres", f"""SELECT shobj_description(oid, 'pg_database') FROM pg_database
                                             WHERE datname = '{self.name}'""")
        if known != [[wanted]]:
            self._fill(binary)
            cluster.psql("postgres", f"COMMENT ON DATABASE {self.name} IS '{wanted}'")
        self.tidy()

    def _fill(self, binary):
        say(f"filling a database with {self.logs:,} sync logs …")
        self.cluster.psql("postgres", f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        self.cluster.psql("postgres", f"CREATE DATABASE {self.name} OWNER {OWNER}")
        run([binary, "migrate"], env={**os.environ, "DATABASE_URL": self.url})
        self.psql(file=HERE / "sql/fill.sql", logs=self.logs)

    def psql(self, text=None, **options):
        """Runs a script in it as the superuser."""
        return self.cluster.psql(self.name, text, **options)

    def tidy(self):
        """Takes away what mutations have added, so that every measurement finds the same rows."""
        added = self.psql(f"""WITH gone AS (DELETE FROM core_api.workspace_connector_sync_logs WHERE pk >= {ADDED}
                                            RETURNING pk) SELECT count(*) FROM gone""")
        if added != [["0"]]:
            self.psql("VACUUM core_api.workspace_connector_sync_logs, core_api.workspace_connectors")

    def entries(self, workload):
        """Everything that is asked of it in a workload."""
        return [workload.entry(int(workspace), *rest)
                for workspace, *rest in self.psql(workload.entries, logs=self.logs)]

    def statements(self, of, work):
        """The statements that the role runs while `work` does, BEGIN and COMMIT included: (calls, mean ms, text), those
        that take most time first."""
        def track(what):
            self.cluster.psql("postgres", f"ALTER SYSTEM SET pg_stat_statements.track = '{what}'")
            self.cluster.psql("postgres", "SELECT pg_reload_conf()")
            # A backend hears of it before its next command, once the signal has gone round.
            self.cluster.psql("postgres", "SELECT pg_sleep(0.1)")

        work()  # Prepares statements, and lets caches and pools fill.
        track("top")
        try:
            self.cluster.psql("postgres", "SELECT pg_stat_statements_reset()")
            work()
            found = self.cluster.psql("postgres", f"""
                SELECT calls, mean_exec_time, regexp_replace(query, '\\s+', ' ', 'g') FROM pg_stat_statements
                JOIN pg_roles ON pg_roles.oid = userid JOIN pg_database ON pg_database.oid = dbid
                WHERE rolname = '{of}' AND datname = '{self.name}' ORDER BY total_exec_time DESC""")
        finally:
            track("none")
        return [(int(calls), float(mean), text) for calls, mean, text in found]
