"""Whether an answer is one of JSON:API 1.1, and of openapi.json where that is looser than a reader would think."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeAlias

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"

MEDIA_TYPES = {"application/vnd.api+json", "application/json"}
FAULTS = {"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "REQUEST_TIMEOUT"}


def contradictions(
    schemas: Mapping[str, Json],
    status: int,
    headers: Mapping[str, str],
    body: Json,
    query: Mapping[str, str],
    sent: Json = None,
) -> Iterator[str]:
    """What in an answer with a body contradicts JSON:API or the document, in words. `sent` is the request's body."""
    if headers.get("content-type") not in MEDIA_TYPES:
        yield f"the type is {headers.get('content-type')}"
    if not isinstance(body, dict):
        yield "the body is not an object"
        return
    if extra := body.keys() - {"jsonapi", "data", "included", "links", "meta", "errors"}:
        yield f"the body has {sorted(extra)}"
    if ("data" in body) is ("errors" in body):
        yield "the body has not either data or errors"
    elif "errors" in body:
        yield from wrong_errors(status, body["errors"], sent)
    else:
        yield from wrong_data(schemas, status, headers, body, query)


def wrong_errors(status: int, errors: Json, sent: Json) -> Iterator[str]:
    if not isinstance(errors, list) or not errors:
        yield f"errors are {errors!r}"
        return
    if status < 400 or str(status) not in {error.get("status") for error in errors}:
        yield f"the status is {status}, the errors have {[error.get('status') for error in errors]}"
    for error in errors:
        if not re.fullmatch("[A-Z]+(_[A-Z]+)*", error.get("code", "")) or error["code"] in FAULTS:
            yield f"the code of an error is {error.get('code')!r}"
        if not error.get("title") or not error.get("detail"):
            yield f"an error says nothing: {error}"
        if "source" in error and len(error["source"].keys() & {"pointer", "parameter", "header"}) != 1:
            yield f"the source of an error is {error['source']}"
        if "pointer" in error.get("source", {}) and not leads(error["source"]["pointer"], sent):
            yield f"the pointer {error['source']['pointer']} leads nowhere in what was sent"


def leads(pointer: str, document: Json) -> bool:
    """Whether a JSON pointer leads to a value of the document."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            document = document[int(name)] if isinstance(document, list) else document[name]
        except (KeyError, IndexError, TypeError, ValueError):
            return False
    return True


def wrong_data(
    schemas: Mapping[str, Json],
    status: int,
    headers: Mapping[str, str],
    body: dict[str, Json],
    query: Mapping[str, str],
) -> Iterator[str]:
    data, included = body["data"], body.get("included", [])
    rows = data if isinstance(data, list) else [data]
    if isinstance(data, list) and status == 200:
        if len(data) > int(query.get("limit", query.get("page[size]", 20))):
            yield f"the page has {len(data)} rows"
        if body.get("meta", {}).get("count") != len(data):
            yield f"the page has {len(data)} rows, meta is {body.get('meta')}"
        if not {"self", "next"} <= body.get("links", {}).keys() and len(data) > 1:
            yield f"the links are {body.get('links')}"
    if status == 201 and not isinstance(data, list) and headers.get("location") != data["links"]["self"]:
        yield f"the location is {headers.get('location')}, the row has {data['links']}"
    for row in [*rows, *included]:
        yield from wrong_resource(schemas, row)
    twice = [key for key, count in Counter(map(identity, [*rows, *included])).items() if count > 1]
    if twice:
        yield f"these stand there more than once: {twice}"
    if included and "include" not in query:
        yield "rows are included that nobody asked for"
    if not any(name.startswith("fields[") for name in query):
        linked = {key for row in [*rows, *included] for key in linkage(row)}
        if loose := [row for row in map(identity, included) if row not in linked]:
            yield f"nothing leads to what is included: {loose}"


def wrong_resource(schemas: Mapping[str, Json], row: dict[str, Json]) -> Iterator[str]:
    type_, attributes, links = row["type"], row.get("attributes", {}), row.get("relationships", {})
    members = schemas[type_]["properties"]
    for name, known in (("attributes", attributes), ("relationships", links)):
        if extra := known.keys() - members.get(name, {}).get("properties", {}).keys():
            yield f"the document has no {name} {sorted(extra)} of {type_}"
    if both := attributes.keys() & links.keys():
        yield f"{sorted(both)} of {type_} are attributes and relationships"
    if reserved := (attributes.keys() | links.keys()) & {"type", "id"}:
        yield f"{type_} has a member {sorted(reserved)}"


def identity(row: dict[str, Json]) -> tuple[Json, Json]:
    return row["type"], row["id"]


def linkage(row: dict[str, Json]) -> Iterator[tuple[Json, Json]]:
    for link in row.get("relationships", {}).values():
        if link["data"] is not None:
            yield identity(link["data"])
