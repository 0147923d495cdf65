"""What Schemathesis is told of the REST API: requests that get somewhere, and what every answer must be."""

import json
from random import Random
from urllib.parse import parse_qsl, urlsplit

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.generation.meta import TestPhase

from json_api import Json, contradictions
from leaks import strings
from sensible import Requests
from rows import FOREIGN, SCHEMAS, ids, relationships

KNOWN = Requests(ids(), FOREIGN["foreign_ids"], {type_: relationships(type_) for type_ in ids()})
OTHERS = frozenset(FOREIGN["foreign"])


@schemathesis.hook
def filter_case(context: HookContext, case: Case) -> bool:
    """A list of one empty text is written as an empty list is, which is taken: nobody can tell that it is not one."""
    is_negative = case.meta is not None and not case.meta.generation.mode.is_positive
    return not (is_negative and any(value in ("", [""]) for value in dict(case.query or {}).values()))


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, object]) -> None:
    """What was generated at random and fits the document is made to be about rows; the rest is sent as it is."""
    meta = case.meta
    if meta is None or meta.phase.name != TestPhase.FUZZING or not meta.generation.mode.is_positive:
        return
    random = Random(repr((case.operation.label, case.path_parameters, case.query, case.body)))
    type_ = case.operation.tags[0]
    if case.path_parameters:
        # Of the rows that everything else is about, most are kept.
        kept = case.operation.method == "delete" and random.random() < 0.7
        id_ = case.path_parameters["id"] if kept else KNOWN.id(type_, random, case.path_parameters["id"])
        case.path_parameters["id"] = id_
    if case.query:
        case.query = KNOWN.query(type_, dict(case.query), random)
    for name in ("X-Workspace-Id", "If-Match", "If-None-Match"):
        if case.headers and random.random() < 0.9:
            case.headers.pop(name, None)
    case.body = KNOWN.body(type_, (case.path_parameters or {}).get("id"), case.body, random)


def sent(response: Response) -> Json:
    """The request's body; nothing when it is no JSON."""
    try:
        return json.loads(response.request.body or "null")
    except ValueError:
        return None


@schemathesis.check
def no_fault(context: CheckContext, response: Response, case: Case) -> None:
    """The server never fails, whatever it is sent."""
    assert response.status_code < 500, f"status {response.status_code}"


@schemathesis.check
def no_leak(context: CheckContext, response: Response, case: Case) -> None:
    """No answer tells of another workspace what the request does not say itself."""
    request = f"{response.request.url} {response.request.body} {response.request.headers}"
    told = [
        text
        for text in strings(response.json() if response.content else None)
        if text in OTHERS and text not in request
    ]
    assert not told, f"the answer tells {told} of another workspace"


@schemathesis.check
def speaks_json_api(context: CheckContext, response: Response, case: Case) -> None:
    """The answer is one of JSON:API 1.1."""
    headers = {name: values[0] for name, values in response.headers.items()}
    if response.status_code in {204, 304}:
        assert not response.content, f"{response.status_code} has no body"
        return
    assert response.content, f"{response.status_code} has a body"
    query = dict(parse_qsl(urlsplit(response.request.url).query, keep_blank_values=True))
    found = list(contradictions(SCHEMAS, response.status_code, headers, response.json(), query, sent(response)))
    assert not found, "\n".join(found)
