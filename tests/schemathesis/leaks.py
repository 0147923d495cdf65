"""What no answer may tell."""

import re
from collections.abc import Iterator

from answers import Json

INSIDES = re.compile(
    r"""
    \b(SELECT|INSERT\ INTO|DELETE\ FROM|FROM\ "|WHERE|RETURNING)\b    # statements
    | \b[a-z]+_[a-z_]+\b                                              # names of tables, columns and constraints
    | (?i:relation\ "|column\ "|constraint|violates|duplicate\ key|sqlstate|postgres|diesel|tokio|panicked|\.rs\b)
    | (^|[\s"'`(])/(\w+/)+\w*                                         # paths
    | \b\d{1,3}(\.\d{1,3}){3}\b                                       # hosts
    """,
    re.VERBOSE,
)
"""What in an error's message shows how the server is made. The API's own names are written in camel case."""


def strings(value: Json) -> Iterator[str]:
    """Every text in a value, and every name of a field."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from strings(item)


def user_errors(data: Json) -> Iterator[dict[str, Json]]:
    """Why the mutations of an answer refused their input, as far as it was asked for."""
    for payload in data.values() if isinstance(data, dict) else ():
        if isinstance(payload, dict):
            yield from payload.get("userErrors") or ()


def without_user_errors(data: Json) -> Json:
    if not isinstance(data, dict):
        return data
    return {
        name: {field: value for field, value in payload.items() if field != "userErrors"}
        if isinstance(payload, dict)
        else payload
        for name, payload in data.items()
    }


def leaks(request: str, answer: Json, foreign: frozenset[str]) -> Iterator[str]:
    """What an answer tells that it must not: anything of another workspace, and in its errors anything of the insides.

    What the request itself says may be said again in an error, but not in the data: nobody can bring another
    workspace's row to light by knowing its id.
    """
    assert isinstance(answer, dict)
    for text in strings(without_user_errors(answer.get("data"))):
        if text in foreign:
            yield f"the data tells {text!r} of another workspace"
    errors = [*answer.get("errors", []), *user_errors(answer.get("data"))]
    for text in strings(errors):
        if text in foreign and text not in request:
            yield f"an error tells {text!r} of another workspace"
    for error in errors:
        for found in INSIDES.finditer(error.get("message", "")):
            if found.group().strip() not in request:
                yield f"an error tells of the insides ({found.group().strip()!r}): {error['message']}"
