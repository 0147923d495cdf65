"""What there is in the demo, asked of the REST API: which ids a request can name."""

import json
import os
from functools import cache
from pathlib import Path

import requests

DOCUMENT = json.loads((Path(__file__).parent / "../../openapi.json").read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
FOREIGN = json.loads(Path(os.environ["WELL_FUZZ_WORLD"]).read_text())
"""What ../schemathesis/world.py has read: what another workspace holds."""


@cache
def ids() -> dict[str, list[str]]:
    """Ids that the caller may read, by resource type."""
    session = requests.Session()
    session.headers["authorization"] = f"Bearer {os.environ['WELL_FUZZ_CREDENTIAL']}"
    found = {}
    for path, operations in DOCUMENT["paths"].items():
        if "get" in operations and "{" not in path:
            answer = session.get(f"{os.environ['WELL_URL']}{path}", timeout=30)
            # What the role may not read has no rows.
            found[operations["get"]["tags"][0]] = [row["id"] for row in answer.json().get("data", [])]
    return found


def relationships(type_: str) -> dict[str, str]:
    """The relationships of a type, each with the type of what it leads to."""
    members = SCHEMAS[type_]["properties"].get("relationships", {}).get("properties", {})
    found = {}
    for name, link in members.items():
        data = link["properties"]["data"]
        # One that can be null is either that or an identity.
        identity = data.get("oneOf", [data])[0]["$ref"]
        found[name] = identity.rsplit("/", 1)[-1].removesuffix("_identity")
    return found
