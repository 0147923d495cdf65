"""Load, and what it costs: wrk against a system, pgbench against PostgreSQL itself."""

import json
import resource
import shutil
from dataclasses import dataclass
from pathlib import Path

from .database import OWNER
from .postgres import Problem, binary, run
from .processes import cpu_seconds, machine_busy_seconds

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Result:
    """One measurement. A unit of work is a request, or a pair of mutations; latencies are of one request. CPU is in
    seconds per 1,000 units, that of other programs in cores."""

    units: int
    per_second: float
    p50_ms: float
    p99_ms: float
    system_cpu: float
    postgres_cpu: float
    bytes_each: float
    others_cpu: float


def _measured(database, system_cpu, work):
    """Runs `work`, which returns (units, seconds, p50, p99, bytes), and reads what it used."""
    root = database.cluster.pid
    before = system_cpu(), cpu_seconds(root), machine_busy_seconds(), _driver_seconds()
    units, seconds, p50, p99, size = work()
    after = system_cpu(), cpu_seconds(root), machine_busy_seconds(), _driver_seconds()
    system, postgres, machine, driver = (late - early for late, early in zip(after, before))
    if not units:
        raise Problem("not one request was answered: give it more --seconds")
    each = 1000 / units
    return Result(units, units / seconds, p50, p99, system * each, postgres * each, size / units,
                  max(0.0, machine - system - postgres - driver) / seconds)


def _driver_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Requests:
    """The requests of one workload for one system, in a file for wrk."""

    def __init__(self, system, workload, entries, folder):
        self.system, self.workload = system, workload
        self.path = folder / f"{system.name}-{workload.name}.requests"
        with open(self.path, "wb") as file:
            for raw in self._all(entries):
                file.write(b"%d\n%s" % (len(raw), raw))

    def _all(self, entries):
        system, workload = self.system, self.workload
        if not workload.mutates:
            document = system.document(workload.name)
            return (system.raw(document, entry, False) for entry in entries)
        create, mark = system.document(f"{workload.name}-create"), system.document(f"{workload.name}-mark")
        zeros = "00000000-0000-0000-0000-000000000000"
        return (raw for slot, entry in enumerate(entries, 1) for raw in (
            system.raw(create, entry, True, metadata={"slot": slot}), system.raw(mark, entry, True, id=zeros)))

    def _wrk(self, seconds, connections, *more):
        script = HERE / "load" / ("pairs.lua" if self.workload.mutates else "replay.lua")
        output = run([_wrk_binary(), "-t", "1", "-c", connections, "-d", f"{seconds}s", "--timeout", "30s", "-s", script,
                      self.system.base, "--", self.path, *more])
        found = json.loads(next(line[7:] for line in output.splitlines() if line.startswith("RESULT ")))
        if found["failed"]:
            raise Problem(f"{self.system.name} failed {found['failed']} of {found['requests']} requests of "
                          f"{self.workload.name.upper()} under load:\n{self.system.log.read_text()[-1000:]}")
        return found

    def warm_up(self, database, seconds, connections):
        """Runs the load with every answer searched for errors."""
        self.checked = self.measure(database, seconds, connections, "check")

    def measure(self, database, seconds, connections, *more):
        """Runs the load once."""
        def work():
            found = self._wrk(seconds, connections, *more)
            return (found["requests"], found["microseconds"] / 1e6, found["p50"] / 1000, found["p99"] / 1000,
                    found["bytes"])
        result = _measured(database, self.system.cpu_seconds, work)
        if not more and not self.workload.mutates:
            # At each end of a run, answers on the way count in part.
            allowed = 0.03 + 2 * connections / min(result.units, self.checked.units)
            if abs(result.bytes_each / self.checked.bytes_each - 1) > allowed:
                raise Problem(f"{self.system.name}: answers of {self.workload.name.upper()} under load are of another size "
                              f"({result.bytes_each:.0f} bytes) than those that were checked ({self.checked.bytes_each:.0f})")
        return result


class Limit:
    """PostgreSQL alone, with the best hand-written statement, as the same kind of measurement."""

    name = "PostgreSQL alone (pgbench)"

    def __init__(self, workload, folder, db_connections):
        self.script, self.folder = HERE / "limits" / f"{workload.name}.sql", folder
        self.db_connections = db_connections

    def warm_up(self, database, seconds, connections):
        self.measure(database, seconds, connections)

    def measure(self, database, seconds, _connections):
        """Runs pgbench once, with prepared statements over as many connections as the systems' pools have."""
        prefix = self.folder / "pgbench"

        def work():
            for old in self.folder.glob("pgbench.*"):
                old.unlink()
            run([binary("pgbench"), "-h", database.cluster.sockets, "-U", OWNER, "-n", "-M", "prepared", "-c",
                 self.db_connections, "-j", "1", "-T", seconds, "-f", self.script, "-D", f"logs={database.logs}", "-l",
                 "--log-prefix", prefix, database.name])
            times = sorted(int(line.split()[2]) / 1000 for log in self.folder.glob("pgbench.*")
                           for line in log.read_text().splitlines())
            at = lambda part: times[int(len(times) * part)] if times else 0
            return len(times), seconds, at(0.5), at(0.99), 0
        return _measured(database, lambda: 0.0, work)


def _wrk_binary():
    found = shutil.which("wrk")
    if not found:
        raise Problem("wrk is missing: install it (Debian: apt install wrk, macOS: brew install wrk)")
    return found
