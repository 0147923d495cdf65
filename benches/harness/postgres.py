"""A private PostgreSQL cluster: made, started and stopped by the benchmark, reached over a Unix socket only."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SUPERUSER = "postgres"

# The same for the server, its peers and the limit. Durability is left as the project's own private server has it:
# a crash may lose the last commits, so that the disk does not decide what a mutation costs.
SETTINGS = {
    "autovacuum": "off",  # The benchmark vacuums itself, between the measurements.
    "checkpoint_timeout": "1h",
    "effective_cache_size": "4GB",
    "jit": "off",
    "listen_addresses": "",
    "maintenance_work_mem": "512MB",
    "max_connections": "200",
    "max_wal_senders": "0",
    "max_wal_size": "16GB",
    "pg_stat_statements.track": "none",  # Switched on only while statements are counted.
    "random_page_cost": "1.1",
    "shared_buffers": "1GB",
    "shared_preload_libraries": "pg_stat_statements",
    "synchronous_commit": "off",
    "timezone": "UTC",
    "wal_level": "minimal",
}


class Problem(Exception):
    """Something that the person who runs the benchmark can mend."""


def say(text):
    """Tells how far the run is; standard output is for results."""
    print(text, file=sys.stderr, flush=True)


def binary(name):
    """A PostgreSQL program: from PG_BINDIR, the newest of the usual folders, or the search path."""
    folders = [Path(os.environ["PG_BINDIR"])] if "PG_BINDIR" in os.environ else []
    usual = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    usual += Path("/opt/homebrew/opt").glob("postgresql@*/bin")
    folders += sorted(usual, key=lambda folder: int("0" + "".join(filter(str.isdigit, str(folder)))), reverse=True)
    found = next((str(folder / name) for folder in folders if (folder / name).exists()), shutil.which(name))
    if not found:
        raise Problem(f"{name} is missing: install PostgreSQL 15 or newer, or set PG_BINDIR")
    return found


def run(command, *, feed=None, **options):
    """Runs a program to its end; its output, or a problem with what it complained about."""
    done = subprocess.run([str(part) for part in command], input=feed, capture_output=True, text=True, **options)
    if done.returncode:
        raise Problem(f"{Path(str(command[0])).name} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


class Cluster:
    """The server over one data folder. Use it in a `with` block."""

    def __init__(self, folder):
        self.data = folder / "postgres"
        self.log = folder / "postgres.log"
        self.sockets = Path(tempfile.mkdtemp(prefix="well-bench-"))
        # PostgreSQL refuses to run as root.
        self.account = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            self.account = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.sockets, user.pw_uid, user.pw_gid)
            os.chown(folder, user.pw_uid, user.pw_gid)

    def __enter__(self):
        if not (self.data / "PG_VERSION").exists():
            self._control("initdb", "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        if (self.data / "postmaster.pid").exists():
            # Left by a run that was killed.
            subprocess.run([binary("pg_ctl"), "-D", self.data, "-m", "fast", "stop"], capture_output=True, cwd="/",
                           **self.account)
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets)}
        (self.data / "postgresql.auto.conf").write_text("".join(f"{k} = '{v}'\n" for k, v in settings.items()))
        self._control("pg_ctl", "-w", "-t", "120", "-l", self.log, "start")
        return self

    def __exit__(self, *_):
        self._control("pg_ctl", "-m", "fast", "-w", "-t", "300", "stop")
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _control(self, name, *arguments):
        # The server keeps the pipes of its parent open, so its output goes nowhere.
        command = [binary(name), "-D", self.data, *arguments]
        done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE if name == "initdb"
                              else subprocess.DEVNULL, text=True, **self.account)
        if done.returncode:
            log = self.log.read_text()[-2000:] if self.log.exists() else ""
            raise Problem(f"{name} failed ({self.data}; can the account 'postgres' reach it?)\n{done.stderr or log}")

    @property
    def pid(self):
        """The process all others of the cluster descend from."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def url(self, database, role):
        """Where a client reaches the database as the role."""
        return f"postgresql://{role}@/{database}?host={str(self.sockets).replace('/', '%2F')}"

    def psql(self, database, text=None, *, file=None, **variables):
        """Runs a script as the superuser; its rows, each a list of texts."""
        given = [part for name, value in variables.items() for part in ("-v", f"{name}={value}")]
        command = [binary("psql"), "-h", self.sockets, "-U", SUPERUSER, "-d", database, "-X", "-q", "-A", "-t",
                   "-F", "\t", "-v", "ON_ERROR_STOP=1", *given, "-f", file or "-"]
        return [line.split("\t") for line in run(command, feed=text).splitlines()]

    def version(self):
        """Such as `15.18`."""
        return self.psql("postgres", "SHOW server_version")[0][0].split()[0]
