"""What Schemathesis is told of this API: the values that fit it, and what every answer must be."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import schemathesis
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    VariablesInAllowedPositionRule,
    build_schema,
    parse,
    print_ast,
    specified_rules,
    validate,
)
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.graphql import nodes, scalar

from answers import FAULTS, Json, contradictions, needless_nulls
from documents import World, literal, sensible
from leaks import leaks
from variables import hoisted, misfits

SCHEMA = build_schema((Path(__file__).parent / "../../schema.graphql").read_text())
WORLD = json.loads(Path(os.environ["WELL_FUZZ_WORLD"]).read_text())
KNOWN = World(WORLD["ids"], WORLD["foreign_ids"])
FOREIGN = frozenset(WORLD["foreign"])
WIDE = "Int cannot represent non 32-bit signed integer value"
RULES = [rule for rule in specified_rules if rule is not VariablesInAllowedPositionRule]
NOBODY = "00000000-0000-4000-8000-000000000000"

NOW = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
recent = st.timedeltas(timedelta(days=-60), timedelta(days=2)).map(NOW.__add__)
instants = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))
numbers = st.integers(-(2**63), 2**64) | st.floats(allow_nan=False, allow_infinity=False)
json_leaves = st.none() | st.booleans() | numbers | st.text(max_size=20)
json_names = st.sampled_from(["records_synced", "pages_fetched", "type", "note"])
json_values = st.recursive(
    json_leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(json_names, inner, max_size=3),
    max_leaves=6,
)
scalar("DateTime", (recent | recent | instants).map(datetime.isoformat).map(nodes.String))
scalar("BigInt", (st.integers(0, 10**9) | st.integers(-(2**63), 2**63 - 1) | st.integers()).map(nodes.Int))
scalar("JSON", json_values.map(literal))


@schemathesis.hook
def flatmap_body(context: HookContext, body: DocumentNode) -> st.SearchStrategy[DocumentNode]:
    """Most of what would only be refused is replaced."""
    return st.integers(0, 2**32).map(lambda seed: sensible(SCHEMA, body, KNOWN, Random(seed)))


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, object]) -> None:
    """Half of the valid documents get variables. The callers keep their access, and the fuzzing its sense."""
    if case.operation.label in {"Mutation.updateMembership", "Mutation.deleteMembership", "Mutation.revokeApiKey"}:
        for caller in WORLD["callers"]:
            case.body = case.body.replace(caller, NOBODY)
    random = Random(case.body)
    if random.random() < 0.5 and not faults(case.body):
        document, variables = hoisted(SCHEMA, parse(case.body), random)
        case.body = json.dumps({"query": print_ast(document), "variables": variables}).encode()


class Exchange:
    """A request, and the body of its answer."""

    def __init__(self, response: Response) -> None:
        self.sent = json.loads(response.request.body)
        self.text = json.dumps(self.sent, ensure_ascii=False)
        self.query: str = self.sent["query"]
        self.variables: dict[str, Json] = self.sent.get("variables") or {}
        self.answer = response.json()
        self.codes = {error.get("extensions", {}).get("code") for error in self.answer.get("errors", [])}


def faults(query: str) -> list[GraphQLError]:
    """Why a document is not valid, but for the values that `loose` judges."""
    try:
        return [error for error in validate(SCHEMA, parse(query), RULES) if not error.message.startswith(WIDE)]
    except GraphQLSyntaxError as error:
        return [error]


def loose(query: str, variables: dict[str, Json]) -> list[GraphQLError]:
    """Which literals are too large, which variables stand in place of another type, which values do not fit theirs."""
    document = parse(query)
    wide = [error for error in validate(SCHEMA, document) if error.message.startswith(WIDE)]
    misplaced = validate(SCHEMA, document, [VariablesInAllowedPositionRule])
    return wide + misplaced or misfits(SCHEMA, document, variables)


@schemathesis.check
def no_fault(context: CheckContext, response: Response, case: Case) -> None:
    """The server never fails, whatever it is sent."""
    assert response.status_code < 500, f"status {response.status_code}"
    codes = Exchange(response).codes & FAULTS
    assert not codes, f"{codes}"


@schemathesis.check
def no_leak(context: CheckContext, response: Response, case: Case) -> None:
    """No answer tells of another workspace, or how the server is made."""
    exchange = Exchange(response)
    found = list(leaks(exchange.text, exchange.answer, FOREIGN))
    assert not found, "\n".join(found)


@schemathesis.check
def fits_the_schema(context: CheckContext, response: Response, case: Case) -> None:
    """What is answered has the shape that was asked for; what does not fit the schema is not executed."""
    exchange = Exchange(response)
    if wrong := faults(exchange.query):
        assert "data" not in exchange.answer, f"a document was executed that is not valid: {wrong}"
        return
    if loose(exchange.query, exchange.variables):
        return
    refused = exchange.codes & {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}
    assert not refused, f"a valid document was refused: {exchange.answer['errors']}"
    found = list(contradictions(SCHEMA, parse(exchange.query), exchange.answer, exchange.variables))
    assert not found, "\n".join(found)


@schemathesis.check
def is_strict_about_values(context: CheckContext, response: Response, case: Case) -> None:
    """A value that is not of its type is found before anything is executed."""
    exchange = Exchange(response)
    wrong = not faults(exchange.query) and loose(exchange.query, exchange.variables)
    assert not wrong or "data" not in exchange.answer, f"a document was executed that is not valid: {wrong}"


@schemathesis.check
def nulls_what_it_must(context: CheckContext, response: Response, case: Case) -> None:
    """An error nulls its field, and what is around it only as far as it must not be null."""
    exchange = Exchange(response)
    found = list(needless_nulls(SCHEMA, parse(exchange.query), exchange.answer))
    assert not found, "\n".join(found)


@schemathesis.check
def speaks_http(context: CheckContext, response: Response, case: Case) -> None:
    """The status and the type of an answer are those of GraphQL over HTTP."""
    assert response.headers["content-type"] == ["application/graphql-response+json; charset=utf-8"]
    executed = "data" in response.json()
    assert response.status_code == 200 if executed else 400 <= response.status_code < 500, f"{response.status_code}"
