"""The checks see what is wrong, and nothing else."""

from copy import deepcopy
from pathlib import Path
from random import Random

import pytest
from graphql import build_schema, parse, print_ast, validate

from answers import Json, contradictions, needless_nulls
from documents import World, literal, sensible
from leaks import leaks
from variables import hoisted, misfits

SCHEMA = build_schema((Path(__file__).parent / "../../schema.graphql").read_text())
ID = "7ef1d015-f207-4bc2-9444-b3fa42f80fd5"
DOCUMENT = parse("""{
  viewer { role }
  tasks(first: 2) { nodes { ...Known done: doneAt ... on Node { id } } edges { cursor } totalCount }
  node(id: "1") { __typename ... on Task { title parent { id } } ... on Document { size } }
} fragment Known on Task { id status dueDate @skip(if: false) createdAt @skip(if: true) }""")
DATA: dict[str, Json] = {
    "viewer": {"role": "MEMBER"},
    "tasks": {
        "nodes": [{"id": ID, "status": "OPEN", "dueDate": "2026-11-20", "done": "2026-11-20T08:15:30.123456Z"}],
        "edges": [{"cursor": "c"}],
        "totalCount": 1,
    },
    "node": {"__typename": "Document", "size": 2**40},
}


def found(path: tuple[str | int, ...] = (), value: Json = None, **rest: Json) -> str:
    """What is said of the answer with one value replaced."""
    data = deepcopy(DATA)
    if path:
        inner: Json = data
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
    return "\n".join(contradictions(SCHEMA, DOCUMENT, {"data": data, **rest}))


def error(*path: str | int, code: str = "FORBIDDEN") -> dict[str, Json]:
    return {"message": "No.", "path": list(path), "extensions": {"code": code}}


def test_an_answer_that_fits_is_let_through() -> None:
    assert validate(SCHEMA, DOCUMENT) == []
    assert found() == ""
    assert found(("node",), None, errors=[error("node")]) == ""
    assert found(("tasks",), None, errors=[error("tasks")]) == ""


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("viewer", "role"), "KING", "not a Role"),
        (("viewer", "role"), None, "must not be"),
        (("viewer",), {}, "asked for were"),
        (("viewer",), {"role": "MEMBER", "id": ID}, "asked for were"),
        (("tasks", "totalCount"), 2**31, "not a Int"),
        (("tasks", "totalCount"), True, "not a Int"),
        (("tasks", "nodes"), {}, "not a list"),
        (("tasks", "nodes"), [], "different lengths"),
        (("tasks", "edges"), [{"cursor": "c"}] * 3, "at most 2"),
        (("tasks", "nodes", 0, "id"), "7", "not a UUID"),
        (("tasks", "nodes", 0, "dueDate"), "2026-02-30", "not a Date"),
        (("tasks", "nodes", 0, "done"), "2026-11-20T08:15:30.123456+00:00", "not a DateTime"),
        (("tasks", "nodes", 0, "done"), "2026-11-20T25:15:30.123456Z", "not a DateTime"),
        (("node", "__typename"), "Viewer", "which Node"),
        (("node", "__typename"), "Task", "asked for were"),
        (("node", "size"), "1", "not a BigInt"),
    ],
)
def test_data_that_does_not_fit_is_seen(path: tuple[str | int, ...], value: Json, said: str) -> None:
    assert said in found(path, value)


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([], "errors are"),
        ([{"message": ""}], "without a message"),
        ([{"message": "No."}], "without a code"),
        ([error("node", code="forbidden")], "without a code"),
        ([error("node")], "has a value"),
        ([error("nobody")], "not in the data"),
        ([{**error(), "locations": [{"line": 0, "column": 1}]}], "no place"),
        ([{**error(), "stack": "main.rs"}], "['stack']"),
    ],
)
def test_errors_that_do_not_fit_are_seen(errors: Json, said: str) -> None:
    assert said in found(errors=errors)


def test_a_refusal_that_is_none_is_seen() -> None:
    document = parse("mutation { deleteTask(input: {id: 1}) { task { id } userErrors { code message path } } }")

    def said(task: Json, *errors: Json) -> str:
        data = {"deleteTask": {"task": task, "userErrors": list(errors)}}
        return "\n".join(contradictions(SCHEMA, document, {"data": data}))

    refusal = {"code": "NOT_FOUND", "message": "There is none.", "path": ["input", "id"]}
    assert said({"id": ID}) == said(None, refusal) == said({"id": ID}, {**refusal, "code": "CONFLICT"}) == ""
    assert "does not show" in said(None)
    assert "shows" in said({"id": ID}, refusal)


def test_a_null_above_what_failed_is_seen() -> None:
    def nulls(data: Json, *path: str | int) -> str:
        return "\n".join(needless_nulls(SCHEMA, DOCUMENT, {"data": data, "errors": [error(*path)]}))

    assert nulls({**DATA, "node": None}, "node") == ""
    assert nulls({**DATA, "tasks": None}, "tasks", "nodes", 0, "id") == ""
    assert "root is null" in nulls(None, "node")
    assert nulls(None, "viewer", "role") == ""
    assert "could be null itself" in nulls({**DATA, "tasks": None}, "tasks", "nodes", 0, "done")


@pytest.mark.parametrize(
    "message",
    [
        "SELECT 1",
        'null value in column "title"',
        "tasks_workspace_fk failed",
        "at src/error.rs:12",
        "no such file: /var/lib/data",
        "no answer from 10.0.0.7",
    ],
)
def test_insides_are_seen(message: str) -> None:
    told = {"errors": [{"message": message}]}
    assert list(leaks("{ viewer }", told, frozenset()))
    assert not list(leaks(message, told, frozenset())), "a client may hear its own words"


def test_another_workspace_is_seen() -> None:
    assert list(leaks(f'{{ node(id: "{ID}") }}', {"data": {"node": {"id": ID}}}, frozenset({ID})))
    assert list(leaks("{ viewer }", {"errors": [{"message": ID}]}, frozenset({ID})))
    assert not list(leaks("{ viewer }", {"data": {"viewer": {"id": "mine"}}}, frozenset({ID})))


def test_what_is_made_sensible_stays_valid() -> None:
    document = parse("""{ tasks(first: 2147483647, last: 5, after: "x", filter: {id: {eq: "x", in: null}}) {
      nodes { collects(first: 9, before: null, filter: {person: {in: ["x"]}}) { totalCount } } }
      node(id: 5) { id } }""")
    world = World({"tasks": [ID], "people": ["a-person"]}, foreign=["another"])
    texts = [print_ast(sensible(SCHEMA, document, world, Random(seed))) for seed in range(50)]
    assert all(validate(SCHEMA, parse(text)) == [] for text in texts)
    assert sum("2147483647" in text for text in texts) < 15
    assert sum(ID in text and "a-person" in text for text in texts) > 10
    assert sum("__typename" in text for text in texts) > 40


def test_json_is_written_as_a_literal() -> None:
    assert print_ast(literal({"a": [1, 2.5, None, True, 'say "so"']})) == '{ a: [1, 2.5, null, true, "say \\"so\\""] }'


def test_values_move_into_variables() -> None:
    document = parse("{ node(id: 5) { id } tasks(first: 2, filter: {status: {in: [OPEN]}}) { totalCount } }")
    seen = [hoisted(SCHEMA, document, Random(seed)) for seed in range(200)]
    assert 180 < sum(validate(SCHEMA, moved) == [] for moved, _ in seen) < 200
    assert any(2 in variables.values() for _, variables in seen)
    assert any({"status": {"in": ["OPEN"]}} in variables.values() for _, variables in seen)
    assert 5 < sum(bool(misfits(SCHEMA, moved, variables)) for moved, variables in seen) < 30
