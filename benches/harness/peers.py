"""The peers: other GraphQL servers over the same database, each in a folder of `peers/`."""

import os
import shutil
import subprocess

from . import tokens
from .database import HERE
from .postgres import Problem
from .systems import System

PEERS, TARGET = HERE / "peers", HERE.parent / "target"


def _node(name, title, folder, environment, role="peer", documents="."):
    """A peer that runs on Node.js, its packages installed as its lock file says."""
    def system(options, database):
        home = _installed(folder)
        [node] = _installed("node").glob("node_modules/node-*/bin/node")
        return System(title, [node, home / "server.js"], home / documents, role=role, folder=home,
                      log=options.dir / f"{name}.log",
                      environment={**_common(database, role), "NODE_ENV": "production", "GRAPHILE_ENV": "production",
                                   "BENCH_PROCESSES": str(os.cpu_count()),
                                   "BENCH_DB_CONNECTIONS": str(options.db_connections), **environment})
    return system


def _installed(folder):
    home = PEERS / folder
    if not (home / "node_modules").exists():
        if not shutil.which("npm"):
            raise Problem("the peers are installed with npm: install it, or leave them out with --only server")
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=home, check=True)
    return home


def _common(database, role):
    # Not every driver's URL may leave the host out; the parameter behind it, the socket's folder, wins.
    url = database.cluster.url(database.name, role).replace("@/", "@localhost/")
    return {"DATABASE_URL": url, "JWT_SECRET": tokens.SECRET, "PORT": "{port}"}


def _seaography(options, database):
    home, program = PEERS / "seaography", TARGET / "release/well-bench-seaography"
    if not (options.binary and program.exists()):
        subprocess.run(["cargo", "build", "--release", "--locked", "--target-dir", TARGET], cwd=home, check=True)
    return System("Seaography", [program], home, role="peer",
                  log=options.dir / "seaography.log",
                  environment={**_common(database, "peer"), "BENCH_DB_CONNECTIONS": str(options.db_connections)})


_MAKERS = {
    "postgraphile": _node("postgraphile", "PostGraphile", "postgraphile", {"BENCH_ROW_SECURITY": "0"},
                          documents="conditions"),
    "postgraphile-rls": _node("postgraphile-rls", "PostGraphile, row security", "postgraphile",
                              {"BENCH_ROW_SECURITY": "1"}, role="peer_rls", documents="row-security"),
    "postgraphile-one": _node("postgraphile-one", "PostGraphile, one process", "postgraphile",
                              {"BENCH_ROW_SECURITY": "0", "BENCH_PROCESSES": "1"}, documents="conditions"),
    "postgraphile-rls-one": _node("postgraphile-rls-one", "PostGraphile, row security, one process", "postgraphile",
                                  {"BENCH_ROW_SECURITY": "1", "BENCH_PROCESSES": "1"}, role="peer_rls",
                                  documents="row-security"),
    "mercurius": _node("mercurius", "Mercurius", "mercurius", {}, documents=HERE / "queries/server"),
    "seaography": _seaography,
}
NAMES = list(_MAKERS)


def prepare(options, database):
    """The peers that are wanted, not started yet."""
    wanted = [name for name in NAMES if name in options.only]
    if wanted:
        database.psql(file=HERE / "sql/peers.sql")
    return [_MAKERS[name](options, database) for name in wanted]
