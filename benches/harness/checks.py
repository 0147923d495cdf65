"""What must hold over time and size: start-up, memory under load, cost against the number of stored rows."""

import contextlib
import time
from dataclasses import replace
from statistics import fmean, median

from . import systems, workloads
from .database import Database
from .load import Requests
from .postgres import Problem

FEW, MANY = 10_000, 10_000_000
MOST_GROWTH = 1.5
MOST_START_SECONDS = 1.0
MOST_RISE = 0.05


def startup(server):
    """From the start of the program to its first answer, with the database there."""
    times = []
    for _ in range(5):
        with server:
            times.append(server.started_in)
    print(f"start to first answer: {median(times):.3f} s (of 5, {min(times):.3f} to {max(times):.3f})")
    if median(times) > MOST_START_SECONDS:
        raise Problem(f"the start takes more than {MOST_START_SECONDS:.0f} s")


def growth(options, cluster, binary):
    """The same pages from few and from many stored sync logs, by turns."""
    with contextlib.ExitStack() as stack:
        loads = []
        for logs in (FEW, MANY):
            database = Database(cluster, binary, logs)
            server = stack.enter_context(systems.server(f"server-{logs}", binary, database, options.dir,
                                                        options.db_connections))
            loads.append([(database, workload.title, Requests(server, workload, entries, options.dir))
                          for workload, entries in _pages(server, database)])
        print(f"| {FEW:,} and {MANY:,} sync logs | p50 ms | CPU s per 1,000: system + PostgreSQL | growth of CPU |")
        print("|---|---:|---:|---:|")
        broken = [title for title, grown in _compare(options, loads) if grown > MOST_GROWTH]
    if broken:
        raise Problem(f"more than {MOST_GROWTH}× from {FEW:,} to {MANY:,} sync logs: {', '.join(broken)}")


def _pages(server, database):
    """Pages that are full in both databases: those of the workspaces with 20 connectors."""
    first = replace(workloads.W2, entries=workloads.W3.entries, title="the newest 50 sync logs")
    entries = database.entries(first)
    yield first, entries
    middle = """{ workspaceConnectorSyncLogs(first: 1, filter: { createdAt: { lt: "2026-01-01T00:00:00Z" } }) {
                  pageInfo { endCursor } } }"""
    deep = []
    for entry in entries:
        _, answer = server.ask(entry.workspace, middle, {})
        cursor = answer["data"]["workspaceConnectorSyncLogs"]["pageInfo"]["endCursor"]
        deep.append(replace(entry, variables={**entry.variables, "after": cursor}))
    yield replace(first, name="w2-after", title="50 sync logs from the middle"), deep
    yield replace(workloads.W3, title="20 connectors, each with 5 logs"), database.entries(workloads.W3)
    yield replace(workloads.W1, title="one sync log by id"), database.entries(workloads.W1)


def _compare(options, loads):
    for pair in zip(*loads):
        results = [[], []]
        for database, _, requests in pair:
            requests.warm_up(database, 2, options.connections)
        for _ in range(options.rounds):
            for (database, _, requests), found in zip(pair, results):
                found.append(requests.measure(database, options.seconds, options.connections))
        of = lambda found, what: median(getattr(result, what) for result in found)
        few, many = ({name: of(found, name) for name in ("p50_ms", "system_cpu", "postgres_cpu")} for found in results)
        cpu = [each["system_cpu"] + each["postgres_cpu"] for each in (few, many)]
        show = lambda each: f"{each['system_cpu']:.3f} + {each['postgres_cpu']:.3f}"
        print(f"| {pair[0][1]} | {few['p50_ms']:.1f} and {many['p50_ms']:.1f} | {show(few)} and {show(many)} "
              f"| {cpu[1] / cpu[0]:.2f}× |", flush=True)
        yield pair[0][1], cpu[1] / cpu[0]


def soak(options, database, server):
    """Resident memory while all workloads take turns, and with them 20,000 different documents."""
    plan = [Requests(server, workload, database.entries(workload), options.dir) for workload in options.workloads]
    shapes = replace(workloads.W1, name="shapes")
    plan.append(Requests(_EachItsOwn(server), shapes, database.entries(shapes), options.dir))
    for requests in plan:
        requests.warm_up(database, 2, options.connections)
    begun, samples = time.monotonic(), []
    while not samples or samples[-1][0] < options.soak * 60:
        for requests in plan:
            requests.measure(database, 5, options.connections)
            samples.append((time.monotonic() - begun, server.resident_bytes() / 2**20))
        database.tidy()
        print(f"{samples[-1][0] / 60:6.1f} min  {samples[-1][1]:8.1f} MiB", flush=True)
    # The first half is the time in which caches, pools and the allocator fill.
    steady = [sample for sample in samples if sample[0] >= samples[-1][0] / 2]
    slope = _slope(steady)
    level = fmean(size for _, size in steady)
    print(f"{level:.0f} MiB in the second half, at most {max(size for _, size in samples):.0f}; "
          f"extrapolated {slope * 86_400:+.0f} MiB a day")
    if slope * (steady[-1][0] - steady[0][0]) > level * MOST_RISE:
        raise Problem(f"the memory still rose by more than {MOST_RISE:.0%} in the second half")


def _slope(samples):
    times, sizes = zip(*samples)
    middle, level = fmean(times), fmean(sizes)
    spread = sum((at - middle) ** 2 for at in times)
    return sum((at - middle) * (size - level) for at, size in samples) / spread if spread else 0.0


class _EachItsOwn:
    """A system whose every document has a name of its own."""

    def __init__(self, system):
        self.system, self.count = system, 0

    def __getattr__(self, name):
        return getattr(self.system, name)

    def document(self, _):
        return self.system.document("w1")

    def raw(self, document, *rest):
        self.count += 1
        return self.system.raw(document.replace("query SyncLog", f"query SyncLog{self.count}", 1), *rest)
