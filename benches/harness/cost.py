"""What PostgreSQL works for a point of cost, over all operations that the generator makes."""

import http.client
import json
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from . import systems
from .database import Database
from .operations import INTROSPECTION, Generator, Schema
from .postgres import Problem, say

WORKSPACE = 201
# Less is what any statement takes, whatever it asks for, and what /proc cannot tell well.
LEAST_SECONDS = 0.003
# One measurement repeats an operation for so long, but not more often.
LONG_ENOUGH, MOST_REPEATS = 0.03, 20
MOST_SPREAD = 5


@dataclass(frozen=True)
class Measured:
    """What an operation took of PostgreSQL's processors, once, and what it costs."""

    operation: object
    seconds: float
    cost: int

    @property
    def per_point(self):
        return self.seconds / self.cost


class Backends:
    """The processor time of the server's connections to PostgreSQL."""

    def __init__(self, cluster, database):
        self.cluster, self.database, self.before = cluster, database, {}

    def refresh(self):
        """Begins anew, with the connections that there are now."""
        found = self.cluster.psql("postgres", f"""SELECT pid FROM pg_stat_activity
            WHERE datname = '{self.database}' AND application_name = 'well-ingestion'""")
        self.before = {int(pid): self._nanoseconds(int(pid)) for pid, in found}

    def seconds(self):
        """Since it began."""
        return sum(self._nanoseconds(pid, then) - then for pid, then in self.before.items()) / 1e9

    @staticmethod
    def _nanoseconds(pid, otherwise=0):
        try:
            return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        except FileNotFoundError:
            return otherwise


class Client:
    """Sends operations as the administrator of the large workspace."""

    def __init__(self, server):
        self.server = server
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def ask(self, query, variables=None):
        body = json.dumps({"query": query, "variables": variables or {}, "extensions": {"cost": True}})
        self.connection.request("POST", "/graphql", body, self.server.headers(WORKSPACE, False))
        return json.loads(self.connection.getresponse().read())


def _code(answer):
    errors = answer.get("errors")
    return errors and errors[0]["extensions"]["code"]


def _measure(client, backends, operation):
    """What one execution takes; the first one prepares statements and does not count. A text when it is refused."""
    answer = client.ask(operation.query, operation.variables)
    code = _code(answer)
    if code:
        return code
    cost = answer["extensions"]["cost"]["operation"]
    # The server may have taken a new connection.
    backends.refresh()
    began, repeats = time.monotonic(), 0
    while repeats < 1 or (time.monotonic() - began < LONG_ENOUGH and repeats < MOST_REPEATS):
        client.ask(operation.query, operation.variables)
        repeats += 1
    return Measured(operation, backends.seconds() / repeats, cost)


def spread(options, cluster, binary):
    """Measures every operation; a problem when PostgreSQL works much longer for some points than for others."""
    database = Database(cluster, binary)
    if database.psql(f"SELECT 1 FROM core_api.workspaces WHERE pk = {WORKSPACE}") == []:
        database.psql(file=Path(__file__).resolve().parent.parent / "sql/cost.sql")
    server = systems.server("server", binary, database, options.dir, 2)
    # One connection that is lent: all statements of an operation run one after the other.
    server.environment["WELL_MAX_COST"] = str(options.max_cost)
    with server:
        client, measured, refused = Client(server), [], defaultdict(list)
        schema = Schema(client.ask(INTROSPECTION))
        ids = [id for id, in database.psql(f"""SELECT workspace_connector_id FROM core_api.workspace_connectors
                                               WHERE workspace_pk = {WORKSPACE} LIMIT 200""")]
        _await_sizes(client)
        backends = Backends(cluster, database.name)
        try:
            for number, operation in enumerate(Generator(schema, ids).all()):
                if number % options.sample or options.kinds and operation.kind not in options.kinds:
                    continue
                found = _measure(client, backends, operation)
                if isinstance(found, Measured):
                    measured.append(found)
                else:
                    refused[found].append(operation)
                if number % 100 == 0:
                    say(f"{number} operations …")
        finally:
            # What was measured until somebody had enough of it is told as well.
            _report(options, measured, refused)


def _await_sizes(client):
    """Asks until the server knows how many rows the workspace has, and takes them into the cost."""
    query, costs = "{ workspaceConnectorSyncLogs { totalCount } }", set()
    until = time.monotonic() + 10
    while len(costs) < 2 and time.monotonic() < until:
        costs.add(client.ask(query)["extensions"]["cost"]["operation"])
        time.sleep(0.1)


def _report(options, measured, refused):
    long = [each for each in measured if each.seconds >= LEAST_SECONDS]
    if not long:
        return
    print(f"{len(measured)} operations, {len(long)} of which take {LEAST_SECONDS * 1e3:.0f} ms of PostgreSQL or more; "
          + ", ".join(f"{len(each)} {code}" for code, each in sorted(refused.items())) + "\n")
    print("| kind | operations | µs of PostgreSQL per point: cheapest | median | dearest | the dearest |")
    print("|---|---:|---:|---:|---:|---|")
    kinds = defaultdict(list)
    for each in long:
        kinds[each.operation.kind].append(each)
    for kind, each in [*kinds.items(), ("all", long)]:
        each = sorted(each, key=lambda one: one.per_point)
        show = lambda one: f"{one.per_point * 1e6:.1f}"
        print(f"| {kind} | {len(each)} | {show(each[0])} | {median(one.per_point for one in each) * 1e6:.1f} | {show(each[-1])} "
              f"| {each[-1].operation.name} |")
    if options.each:
        for one in sorted(measured, key=lambda one: one.per_point):
            print(f"{one.per_point * 1e6:10.2f} µs  {one.seconds * 1e3:10.2f} ms  {one.cost:8} points  "
                  f"{one.operation.kind}: {one.operation.name}")
    dearest, cheapest = max(long, key=lambda one: one.per_point), min(long, key=lambda one: one.per_point)
    ratio = dearest.per_point / cheapest.per_point
    print(f"\ndearest to cheapest: {ratio:.1f}×")
    if ratio > MOST_SPREAD:
        raise Problem(f"a point buys {ratio:.1f}× as much of PostgreSQL here as there")
