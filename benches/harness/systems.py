"""The programs that answer GraphQL: the server, another build of it, and its peers."""

import http.client
import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path

from . import tokens
from .database import OWNER
from .postgres import Problem
from .processes import cpu_seconds, resident_bytes

HERE = Path(__file__).resolve().parent.parent


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class System:
    """One program, started for the benchmark. Use it in a `with` block."""

    def __init__(self, name, command, documents, *, role, environment, log, folder=None, service_key=False):
        self.name, self.command, self.documents, self.role = name, command, Path(documents), role
        self.port, self.log, self.folder, self.service_key = _free_port(), log, folder, service_key
        self.environment = {**os.environ, **{name: value.replace("{port}", str(self.port))
                                             for name, value in environment.items()}}

    def __enter__(self):
        begun = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([str(part) for part in self.command], cwd=self.folder, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=self.environment, start_new_session=True)
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() - begun > 120:
                self.__exit__()
                raise Problem(f"{self.name} did not start:\n{Path(self.log).read_text()[-3000:]}")
            time.sleep(0.005)
        self.started_in = time.monotonic() - begun
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _answers(self):
        try:
            return self.ask(1, "{ __typename }", {})[0] < 500
        except (OSError, http.client.HTTPException):
            return False

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    def document(self, name):
        """The text of one of its GraphQL documents, in a line."""
        return " ".join((self.documents / f"{name}.graphql").read_text().split())

    def knows(self, workload):
        """Whether it has documents for the workload."""
        return any(self.documents.glob(f"{workload.name}*.graphql"))

    def body(self, document, workspace, variables):
        """The body of a request, with those of the variables that the document declares. Peers that know no memberships
        take the workspace's key as a variable."""
        declared, variables = re.findall(r"\$(\w+)\s*:", document), {"workspace": workspace, **variables}
        return json.dumps({"query": document, "variables": {name: variables[name] for name in declared}},
                          separators=(",", ":")).encode()

    def headers(self, workspace, mutates):
        token = tokens.pipeline(workspace) if mutates and self.service_key else tokens.member(workspace)
        return {"Content-Type": "application/json", "Accept": "application/json", "Authorization": f"Bearer {token}"}

    def raw(self, document, entry, mutates, **more):
        """A whole HTTP request, as it goes over the wire."""
        body = self.body(document, entry.workspace, {**entry.variables, **more})
        headers = {"Host": f"127.0.0.1:{self.port}", **self.headers(entry.workspace, mutates), "Content-Length": len(body)}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST /graphql HTTP/1.1\r\n{head}\r\n".encode() + body

    def ask(self, workspace, document, variables, mutates=False, connection=None):
        """Sends one request; its status and the answer, parsed."""
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/graphql", self.body(document, workspace, variables), self.headers(workspace, mutates))
        response = connection.getresponse()
        return response.status, json.loads(response.read() or "null")

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)

    def resident_bytes(self):
        return resident_bytes(self.process.pid)


def server(name, binary, database, folder, db_connections, kind=System, kept=0):
    """The project's own server, set up as in production, with so many bytes of answers in memory."""
    environment = {"DATABASE_URL": database.url, "JWT_SECRET": tokens.SECRET, "WELL_LISTEN": "127.0.0.1:{port}",
                   "WELL_DB_CONNECTIONS": str(db_connections),
                   # Unless it says otherwise, what is measured is what the database is asked for.
                   "WELL_ANSWER_CACHE_BYTES": str(kept), "WELL_METRICS_TOKEN": tokens.METRICS}
    return kind(name, [binary, "serve"], HERE / "queries/server", role=OWNER, environment=environment,
                log=folder / f"{name}.log", service_key=True)
