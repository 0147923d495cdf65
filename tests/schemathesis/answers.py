"""Whether an answer is one that the schema allows to a document."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from math import isfinite
from typing import TypeAlias
from uuid import UUID

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    is_abstract_type,
    is_composite_type,
    value_from_ast_untyped,
)

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
Path: TypeAlias = tuple[str | int, ...]

FAULTS = {"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "REQUEST_TIMEOUT"}
"""Codes of errors that no document may bring about."""

PAGE = 20
"""Rows of a page when the document does not say."""

SEALED = {"DocumentWorkspaceConnector"}
"""Types whose id is not a UUID."""


def contradictions(
    schema: GraphQLSchema, document: DocumentNode, answer: Json, variables: Mapping[str, Json] | None = None
) -> Iterator[str]:
    """What in the body of an answer to a valid document contradicts the schema, in words."""
    if not isinstance(answer, dict):
        yield "the answer is not an object"
        return
    if extra := answer.keys() - {"data", "errors", "extensions"}:
        yield f"the answer has {sorted(extra)}"
    data, errors = answer.get("data"), answer.get("errors", [])
    if "data" not in answer and not errors:
        yield "the answer has neither data nor errors"
    if "errors" in answer and (not isinstance(errors, list) or not errors):
        yield f"errors are {errors!r}"
        return
    for error in errors:
        yield from wrong_error(error, data)
    if data is not None:
        yield from Shape(schema, document, variables or {}, failed=bool(errors)).wrong_data(data)
    elif "data" in answer and not errors:
        yield "data is null without an error"


def needless_nulls(schema: GraphQLSchema, document: DocumentNode, answer: dict[str, Json]) -> Iterator[str]:
    """Where in the body of an answer more is null than an error takes with it."""
    shape = Shape(schema, document, {}, failed=True)
    for error in answer.get("errors", []):
        if "path" in error:
            yield from shape.wrong_null(answer.get("data"), error["path"])


def wrong_error(error: Json, data: Json) -> Iterator[str]:
    """What is wrong with an error, given the data that it came with."""
    if not isinstance(error, dict) or not isinstance(error.get("message"), str) or not error["message"]:
        yield f"an error without a message: {error!r}"
        return
    if extra := error.keys() - {"message", "locations", "path", "extensions"}:
        yield f"an error has {sorted(extra)}"
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    if not isinstance(code, str) or not re.fullmatch("[A-Z]+(_[A-Z]+)*", code):
        yield f"an error without a code: {error!r}"
    for location in error.get("locations", []):
        if location.keys() != {"line", "column"} or min(location.values()) < 1:
            yield f"an error at no place: {location!r}"
    if "path" not in error:
        return
    value = data
    for step in error["path"]:
        if value is None:
            return
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            yield f"an error at {error['path']}, which is not in the data"
            return
    if value is not None:
        yield f"an error at {error['path']}, which has a value"


class Shape:
    """The shape of the data that answers a document, whose directives take no variables."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Json], *, failed: bool
    ) -> None:
        self.schema = schema
        self.variables = variables
        self.failed = failed
        definitions = document.definitions
        self.fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
        self.operation = next(node for node in definitions if isinstance(node, OperationDefinitionNode))

    def wrong_data(self, data: Json) -> Iterator[str]:
        root = self.schema.get_root_type(self.operation.operation)
        assert root is not None, "the document is valid"
        yield from self.wrong_object(root, [self.operation.selection_set], data, ())

    def wrong_null(self, data: Json, path: list[str | int]) -> Iterator[str]:
        """An error nulls its field, and what is around it only as far as it must not be null."""
        type_: GraphQLOutputType | None = self.schema.get_root_type(self.operation.operation)
        selected, value = [self.operation.selection_set], data
        for depth, step in enumerate(path):
            named = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
            if isinstance(named, GraphQLList):
                type_ = named.of_type
            else:
                if is_abstract_type(named):
                    named = self.schema.type_map.get(value["__typename"]) if isinstance(value, dict) else None
                if not isinstance(named, GraphQLObjectType):
                    return
                asked: dict[str, list[FieldNode]] = {}
                for selection_set in selected:
                    self.collect(named, selection_set.selections, asked)
                nodes = asked[str(step)]
                selected = [node.selection_set for node in nodes if node.selection_set]
                type_ = named.fields[nodes[0].name.value].type
            if value is None and not isinstance(type_, GraphQLNonNull):
                above, below = where(tuple(path[:depth])), where(tuple(path))
                yield f"{above} is null because of {below}, which could be null itself"
                return
            value = value[step] if isinstance(value, dict | list) else None

    def wrong_object(
        self, type_: GraphQLObjectType, selected: Sequence[SelectionSetNode], value: Json, path: Path
    ) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where(path)} is {value!r} and not a {type_.name}"
            return
        asked: dict[str, list[FieldNode]] = {}
        for selection_set in selected:
            self.collect(type_, selection_set.selections, asked)
        if list(value) != list(asked):
            yield f"{where(path)} has the fields {list(value)}, asked for were {list(asked)}"
            return
        for name, nodes in asked.items():
            field = nodes[0].name.value
            below = (*path, name)
            if field == "__typename":
                if value[name] != type_.name:
                    yield f"{where(below)} is {value[name]!r} and not {type_.name}"
                continue
            yield from self.wrong_value(type_.fields[field].type, nodes, value[name], below)
            if field == "id" and value[name] is not None and type_.name not in SEALED and not is_uuid(value[name]):
                yield f"{where(below)} is {value[name]!r} and not a UUID"

    def wrong_value(self, type_: GraphQLOutputType, nodes: list[FieldNode], value: Json, path: Path) -> Iterator[str]:
        if isinstance(type_, GraphQLNonNull):
            if value is None:
                yield f"{where(path)} is null and must not be"
                return
            type_ = type_.of_type
        if value is None:
            return
        if isinstance(type_, GraphQLList):
            if not isinstance(value, list):
                yield f"{where(path)} is {value!r} and not a list"
                return
            for index, item in enumerate(value):
                yield from self.wrong_value(type_.of_type, nodes, item, (*path, index))
        elif isinstance(type_, GraphQLScalarType):
            if not SCALARS[type_.name](value):
                yield f"{where(path)} is {value!r} and not a {type_.name}"
        elif isinstance(type_, GraphQLEnumType):
            if value not in type_.values:
                yield f"{where(path)} is {value!r} and not a {type_.name}"
        else:
            yield from self.wrong_composite(type_, nodes, value, path)

    def wrong_composite(
        self, type_: GraphQLOutputType, nodes: list[FieldNode], value: Json, path: Path
    ) -> Iterator[str]:
        named = type_
        if is_abstract_type(type_):
            named = self.schema.type_map.get(str(value.get("__typename")) if isinstance(value, dict) else "")
            if not isinstance(named, GraphQLObjectType) or not self.schema.is_sub_type(type_, named):
                yield f"{where(path)} does not say which {type_.name} it is: {value!r}"
                return
        assert isinstance(named, GraphQLObjectType), "whatever is not a leaf and not abstract is an object"
        selected = [node.selection_set for node in nodes if node.selection_set]
        yield from self.wrong_object(named, selected, value, path)
        if named.name.endswith("Connection") and isinstance(value, dict):
            yield from wrong_page(self.asked(nodes[0]), value, path)
        if named.name.endswith("Payload") and isinstance(value, dict) and not self.failed:
            yield from wrong_payload(named, value, path)

    def asked(self, field: FieldNode) -> int:
        """How many rows a page may have."""
        values = {one.name.value: value_from_ast_untyped(one.value, self.variables) for one in field.arguments or ()}
        sizes = [values[name] for name in ("first", "last") if isinstance(values.get(name), int)]
        return sizes[0] if sizes else PAGE

    def collect(
        self, type_: GraphQLObjectType, selections: Sequence[SelectionNode], into: dict[str, list[FieldNode]]
    ) -> None:
        """The fields of an object of this type, by the names that they are answered under."""
        for node in selections:
            if is_left_out(node):
                continue
            if isinstance(node, FieldNode):
                into.setdefault((node.alias or node.name).value, []).append(node)
                continue
            fragment = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            assert isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode)
            condition = fragment.type_condition
            wanted = self.schema.type_map[condition.name.value] if condition else type_
            if wanted is type_ or is_abstract_type(wanted) and self.schema.is_sub_type(wanted, type_):
                self.collect(type_, fragment.selection_set.selections, into)


def is_left_out(node: SelectionNode) -> bool:
    """Whether its `@skip` or `@include`, with a literal, takes it away."""
    for directive in node.directives or ():
        argument = directive.arguments[0].value
        if isinstance(argument, BooleanValueNode) and argument.value is (directive.name.value == "skip"):
            return True
    return False


def wrong_page(most: int, page: dict[str, Json], path: Path) -> Iterator[str]:
    """What contradicts the description of a page of at most so many rows."""
    lists = {name: len(rows) for name, rows in page.items() if isinstance(rows, list)}
    if any(length > most for length in lists.values()):
        yield f"{where(path)} has {lists} rows, at most {most} were asked for"
    if len(set(lists.values())) > 1:
        yield f"{where(path)} has lists of different lengths: {lists}"


def wrong_payload(type_: GraphQLObjectType, payload: dict[str, Json], path: Path) -> Iterator[str]:
    """A mutation that refuses its input shows no row, unless somebody else changed it before."""
    codes = {error.get("code") for error in payload.get("userErrors") or ()}
    rows = [name for name in payload if name in type_.fields and is_composite_type(type_.fields[name].type)]
    if codes and "CONFLICT" not in codes and any(payload[name] is not None for name in rows):
        yield f"{where(path)} was refused with {codes} and shows {rows}"
    if "userErrors" in payload and not codes and any(payload[name] is None for name in rows):
        yield f"{where(path)} was not refused and does not show {rows}"


def where(path: Path) -> str:
    return ".".join(map(str, path)) or "the root"


def is_int(value: Json, bits: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


def is_instant(value: Json) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", value):
        return False
    return parses(datetime.fromisoformat, value)


def is_day(value: Json) -> bool:
    return (
        isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value)) and parses(date.fromisoformat, value)
    )


def is_uuid(value: Json) -> bool:
    return isinstance(value, str) and parses(UUID, value) and str(UUID(value)) == value


def parses(read: type | object, value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True


SCALARS = {
    "ID": lambda value: isinstance(value, str) and value != "",
    "String": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
    "Int": lambda value: is_int(value, 32),
    "BigInt": lambda value: is_int(value, 64),
    "Float": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value),
    "DateTime": is_instant,
    "Date": is_day,
    "JSON": lambda value: True,
}
"""The form of each scalar."""
