"""What two workspaces hold, read through the API before the fuzzing and after it.

world.py read <file>      writes down what acme may name, what it must never be told, and what globex holds
world.py compare <file>   fails when globex no longer holds what it held
"""

import json
import os
import sys
from pathlib import Path
from typing import TypeAlias

import requests
from graphql import GraphQLObjectType, build_schema, get_named_type, is_leaf_type

from answers import Json
from leaks import strings

Rows: TypeAlias = "dict[str, list[dict[str, Json]]]"

SCHEMA = build_schema((Path(__file__).parent / "../../schema.graphql").read_text())
TEXTS = {"ID", "String", "JSON"}
SHORT = 8
"""Texts shorter than this are too common to tell a workspace by."""
OWN = ("WELL_TOKEN_OWNER", "WELL_TOKEN_ADMIN", "WELL_TOKEN_MEMBER", "WELL_TOKEN_GUEST")
FOREIGN = "WELL_TOKEN_GLOBEX"


class Caller:
    """A caller of the server under test."""

    def __init__(self, credential: str) -> None:
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {os.environ[credential]}"

    def ask(self, query: str, **variables: Json) -> dict[str, Json]:
        body = {"query": query, "variables": variables}
        answer = self.session.post(f"{os.environ['WELL_URL']}/graphql", json=body, timeout=30).json()
        if not isinstance(answer.get("data"), dict):
            raise SystemExit(f"{query}: {answer}")
        return answer["data"]

    def rows(self) -> Rows:
        """Every row that the caller may read, with all that it holds itself."""
        return {name: self.list(name, " ".join(fields)) for name, fields in lists().items()}

    def list(self, name: str, fields: str) -> list[dict[str, Json]]:
        """All pages of a list, the newest row first."""
        query = f"query($after: String) {{ {name}(first: 100, after: $after, orderBy: [{{field: CREATED_AT}}])"
        query += f" {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        rows: list[dict[str, Json]] = []
        after = None
        while page := self.ask(query, after=after)[name]:
            rows += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        return rows


def lists() -> dict[str, dict[str, str]]:
    """The root lists, each with the leaves of its rows and their types."""
    found = {}
    for name, field in SCHEMA.query_type.fields.items():
        connection = get_named_type(field.type)
        if isinstance(connection, GraphQLObjectType) and connection.name.endswith("Connection"):
            fields = get_named_type(connection.fields["nodes"].type).fields
            kinds = {leaf: get_named_type(kind.type) for leaf, kind in fields.items()}
            found[name] = {leaf: kind.name for leaf, kind in kinds.items() if is_leaf_type(kind)}
    return found


def texts(rows: Rows) -> set[str]:
    """Every text that somebody wrote, and every id."""
    kinds = lists()
    return {
        text
        for name, list_ in rows.items()
        for row in list_
        for leaf, value in row.items()
        if kinds[name][leaf] in TEXTS
        for text in strings(value)
    }


def ids(rows: Rows) -> dict[str, list[str]]:
    return {name: [row["id"] for row in list_] for name, list_ in rows.items()}


def theirs() -> Rows:
    """What globex holds, without what the catalogue offers to all."""
    rows = Caller(FOREIGN).rows()
    rows["connectors"] = [row for row in rows["connectors"] if row["isPrivate"]]
    return rows


def read(file: Path) -> None:
    ours, foreign = [Caller(one).rows() for one in ("WELL_TOKEN_OWNER", "WELL_KEY_SERVICE")], theirs()
    ours_ids = {name: list(dict.fromkeys(one for rows in ours for one in ids(rows)[name])) for name in lists()}
    foreign_ids = {one for rows in ids(foreign).values() for one in rows}
    if both := foreign_ids & {one for rows in ours_ids.values() for one in rows}:
        raise SystemExit(f"acme and globex both see {sorted(both)}")
    workspace = Caller(FOREIGN).ask("{ workspace { id name } }")["workspace"]
    told = {text for text in texts(foreign) - texts(ours[0]) - texts(ours[1]) if len(text) >= SHORT}
    memberships = [Caller(one).ask("{ viewer { membership { id } } }")["viewer"]["membership"]["id"] for one in OWN]
    world = {
        "ids": ours_ids,
        "foreign": sorted(told | {workspace["id"]}),
        "foreign_ids": sorted(foreign_ids | {workspace["id"]}),
        "callers": memberships + ours_ids["apiKeys"],
        "theirs": foreign,
    }
    file.write_text(json.dumps(world))
    print(f"{sum(map(len, ours_ids.values()))} rows, {len(world['foreign'])} texts of another workspace")


def compare(file: Path) -> None:
    before, after = json.loads(file.read_text())["theirs"], theirs()
    for name, rows in before.items():
        if changed := [row for row in rows if row not in after[name]]:
            raise SystemExit(f"acme changed {name} of globex: {changed}")
        if len(rows) != len(after[name]):
            raise SystemExit(f"acme made {name} in globex")
    print("the other workspace is as it was")


if __name__ == "__main__":
    {"read": read, "compare": compare}[sys.argv[1]](Path(sys.argv[2]))
