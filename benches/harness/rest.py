"""The server, asked over REST for what the workloads ask over GraphQL."""

import http.client
import json
import re

from .systems import HERE, System, server


class Rest(System):
    """The same program: its documents are addresses."""

    def document(self, name):
        return "".join((self.documents / f"{name}.path").read_text().split())

    def knows(self, workload):
        return (self.documents / f"{workload.name}.path").exists()

    def _get(self, path, workspace, variables):
        for name, value in variables.items():
            path = path.replace(f"{{{name}}}", value)
        headers = {**self.headers(workspace, False), "Accept": "application/vnd.api+json"}
        del headers["Content-Type"]
        return path, headers

    def raw(self, document, entry, mutates, **more):
        path, headers = self._get(document, entry.workspace, entry.variables)
        head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": f"127.0.0.1:{self.port}", **headers}.items())
        return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()

    def ask(self, workspace, document, variables, mutates=False, connection=None):
        if not document.startswith("/"):
            return super().ask(workspace, document, variables, mutates, connection)
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        path, headers = self._get(document, workspace, variables)
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, _as_graphql(json.loads(response.read()))


def _as_graphql(document):
    """A document of JSON:API as the answer of the query that asks for the same."""
    if "data" not in document:
        return document
    found = {(row["type"], row["id"]): row for row in document.get("included", [])}

    def nested(resource):
        row = {"id": resource["id"]}
        for name, value in resource.get("attributes", {}).items():
            row[_camel(name)] = value
        for name, value in resource.get("relationships", {}).items():
            linked = value["data"] and found.get((value["data"]["type"], value["data"]["id"]))
            row[_camel(name)] = linked and nested(linked)
        return row

    data = document["data"]
    return {"data": {"rest": {"nodes": [nested(row) for row in data]} if isinstance(data, list) else nested(data)}}


def _camel(name):
    return re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)


def rest(binary, database, folder, db_connections):
    """The server set up as for GraphQL."""
    system = server("rest", binary, database, folder, db_connections, Rest)
    system.documents = HERE / "queries/rest"
    return system
