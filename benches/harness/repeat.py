"""The same questions again and again, as dashboards ask them: with answers kept in memory, and without."""

import contextlib
import http.client
import re
import subprocess
from dataclasses import replace

from . import peers, report, systems, tokens, workloads
from .check import check
from .database import OWNER
from .load import Requests
from .postgres import binary, say

KEPT = 64 << 20
WRITES = "UPDATE core_api.workspace_connectors SET account_label = account_label WHERE pk = {pk}"


def measured(options, database, program, stack):
    """W2 to W4 over and over: once while nothing changes, once with a write a second in every workspace."""
    folder, connections = options.dir, options.db_connections
    kept = systems.server("server", program, database, folder, connections, kept=KEPT)
    plain = systems.server("server, nothing kept", program, database, folder, connections)
    running = [stack.enter_context(system) for system in (kept, plain, *peers.prepare(options, database))]
    plan = []
    for workload in (workload for workload in options.workloads if workload.name in ("w2", "w3", "w4")):
        entries = database.entries(workload)
        for system in running:
            check(system, workload, database, entries, systems.HERE / "limits")
        loads = {system.name: Requests(system, workload, entries, folder) for system in running}
        for load in loads.values():
            load.warm_up(database, max(5, options.seconds), options.connections)
        plan.append((workload, loads))
        say(f"{workload.name.upper()}: answers are right")
    for title, writing in (("nothing is written", contextlib.nullcontext), ("a write a second in every workspace", lambda: _writers(database, folder))):
        results = [(workload, loads, {name: [] for name in loads}) for workload, loads in plan]
        before, others = _lookups(kept), []
        with writing():
            for number in range(options.rounds):
                for _, loads, found in results:
                    for name, load in loads.items():
                        found[name].append(load.measure(database, options.seconds, options.connections))
                        others.append(found[name][-1].others_cpu)
                say(f"{title}: round {number + 1} of {options.rounds} done")
        looked_up = {result: count - before.get(result, 0) for result, count in _lookups(kept).items()}
        print(f"## While {title}\n")
        print(report.heading(database.cluster, options, sorted(others)[len(others) // 2]))
        print(f"Of the server's look-ups {looked_up.get('hit', 0) / max(1, sum(looked_up.values())):.1%} were hits: {looked_up}.\n")
        for workload, _, found in results:
            print(report.table(replace(workload, title=f"{workload.title}, again and again"), found, {}, kept.name))


def _lookups(system):
    """How often an answer was looked for, by what was found."""
    connection = http.client.HTTPConnection("127.0.0.1", system.port, timeout=30)
    connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {tokens.METRICS}"})
    text = connection.getresponse().read().decode()
    found = re.findall(r'^graphql_server_answer_cache_lookups\w*\{.*?result="(\w+)".*?\} (\d+)', text, re.MULTILINE)
    return {result: int(count) for result, count in found}


@contextlib.contextmanager
def _writers(database, folder):
    """One write a second in every workspace, by turns as chance has it, by another program."""
    pks = [int(row[0]) for row in database.psql("SELECT min(pk) FROM core_api.workspace_connectors GROUP BY workspace_pk")]
    script = folder / "writes.sql"
    # The workspaces have as many connectors in the same order, but the lowest keys are not one behind the other.
    cases = " ".join(f"WHEN {index} THEN {pk}" for index, pk in enumerate(pks))
    script.write_text(f"\\set w random(0, {len(pks) - 1})\n{WRITES.format(pk=f'CASE :w {cases} END')};\n")
    writer = subprocess.Popen([binary("pgbench"), "-h", database.cluster.sockets, "-U", OWNER, "-n", "-M", "prepared", "-c", "2",
                               "-R", str(len(pks)), "-T", "86400", "-f", script, database.name],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        writer.terminate()
        writer.wait()
