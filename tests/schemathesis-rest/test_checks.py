"""The checks see what is wrong, and nothing else."""

from copy import deepcopy
from random import Random

import pytest

from json_api import Json, contradictions
from sensible import Requests

MEMBERS = {"attributes": {"properties": {"status": {}}}, "relationships": {"properties": {"people": {}}}}
SCHEMAS: dict[str, Json] = {"collect": {"properties": MEMBERS}, "people": {"properties": {}}}
TYPE = {"content-type": "application/vnd.api+json"}
LINK = {"data": {"type": "people", "id": "2"}}
BODY: dict[str, Json] = {
    "jsonapi": {"version": "1.1"},
    "data": [{"type": "collect", "id": "1", "attributes": {"status": "todo"}, "relationships": {"people": LINK}}],
    "included": [{"type": "people", "id": "2"}],
    "links": {"self": "/v1/collects", "first": "/v1/collects", "prev": None, "next": None},
    "meta": {"count": 1},
}
ERROR = {"status": "422", "code": "BAD_USER_INPUT", "title": "Bad user input", "detail": "It is no date."}


def found(path: tuple[str | int, ...] = (), value: Json = None, query: str = "include") -> str:
    body: Json = deepcopy(BODY)
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    if path:
        inner[path[-1]] = value
    return "\n".join(contradictions(SCHEMAS, 200, TYPE, body, {query: "people"}))


def test_an_answer_that_fits_is_let_through() -> None:
    assert found() == ""


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("errors",), [ERROR], "not either"),
        (("extra",), 1, "['extra']"),
        (("meta", "count"), 2, "1 rows"),
        (("included", 0, "id"), "3", "nothing leads to"),
        (("included",), [{"type": "people", "id": "2"}] * 2, "more than once"),
        (("data", 0, "attributes", "type"), "pdf", "has a member ['type']"),
        (("data", 0, "attributes", "statuss"), "todo", "no attributes ['statuss']"),
        (("data", 0, "attributes", "people"), "Ada", "attributes and relationships"),
    ],
)
def test_what_does_not_fit_is_seen(path: tuple[str | int, ...], value: Json, said: str) -> None:
    assert said in found(path, value)


def test_what_nobody_asked_for_is_seen() -> None:
    assert "nobody asked for" in found(query="sort")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({}, ""),
        ({"source": {"pointer": "/data/attributes"}}, ""),
        ({"source": {"pointer": "/data/attributes/ended_at"}}, "leads nowhere"),
        ({"source": {"pointer": "/data", "header": "Accept"}}, "the source"),
        ({"status": "400"}, "the status"),
        ({"code": "INTERNAL_SERVER_ERROR"}, "the code"),
        ({"detail": ""}, "says nothing"),
    ],
)
def test_errors_that_do_not_fit_are_seen(error: dict[str, Json], said: str) -> None:
    sent = {"data": {"type": "collect", "attributes": {}}}
    told = "\n".join(contradictions(SCHEMAS, 422, TYPE, {"errors": [{**ERROR, **error}]}, {}, sent))
    assert said in told if said else told == ""


def test_what_is_made_sensible_is_about_rows() -> None:
    links = {"collect": {"people": "people"}, "people": {}}
    known = Requests({"collect": ["1"], "people": ["2"]}, ["another"], links)
    sent = {"data": {"type": "collect", "id": "x", "relationships": {"people": {"data": {}}, "nobody": {}}}, "extra": 1}
    bodies = [known.body("collect", "1", sent, Random(seed)) for seed in range(50)]
    assert all(body["data"]["id"] == "1" and "nobody" not in body["data"]["relationships"] for body in bodies)
    assert sum(body["data"]["relationships"]["people"] == LINK for body in bodies) > 20
    queries = [
        known.query("collect", {"filter[people]": ["x"], "limit": 0, "include": ["x"]}, Random(s)) for s in range(50)
    ]
    assert sum(query.get("filter[people]") == ["2"] for query in queries) > 10
    assert sum("limit" in query for query in queries) < 15
