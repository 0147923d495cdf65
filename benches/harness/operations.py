"""Operations of every kind that the schema allows, made from the schema itself: what `--cost` measures."""

import itertools
import json
import random
from dataclasses import dataclass, field

# What the library asks a schema for, as far as it is needed here.
INTROSPECTION = """{ __schema { queryType { name } types { name kind
  enumValues { name }
  inputFields { name type { ...T } }
  fields { name args { name type { ...T } } type { ...T } } } } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }"""

WANTED = ["id", "status", "createdAt"]
LISTED = ("first", "filter", "orderBy")


@dataclass(frozen=True)
class Operation:
    """One operation: of which kind, what tells it apart, and what is sent."""

    kind: str
    name: str
    query: str
    variables: dict = field(default_factory=dict)


class Schema:
    """The types of the API by name."""

    def __init__(self, answer):
        self.types = {type_["name"]: type_ for type_ in answer["data"]["__schema"]["types"]}

    @staticmethod
    def named(type_):
        while type_["name"] is None:
            type_ = type_["ofType"]
        return type_["name"]

    def fields(self, name):
        return {field["name"]: field for field in self.types[name]["fields"] or []}

    def inputs(self, name):
        return {field["name"]: self.named(field["type"]) for field in self.types[name]["inputFields"] or []}

    def lists(self, of):
        """The connections of a type: (field, type of the rows, type of the filter)."""
        for name, field in self.fields(of).items():
            arguments = {argument["name"]: self.named(argument["type"]) for argument in field["args"]}
            if all(argument in arguments for argument in LISTED):
                connection = self.fields(self.named(field["type"]))
                yield name, self.named(connection["nodes"]["type"]), arguments["filter"], arguments["orderBy"]

    def is_leaf(self, type_):
        return self.types[self.named(type_)]["kind"] in ("SCALAR", "ENUM")

    def leaves(self, of):
        """A selection of all that has no selection of its own."""
        return " ".join(name for name, field in self.fields(of).items() if self.is_leaf(field["type"]) and not field["args"])

    def whole(self, of, depth=3):
        """A selection of all that takes no arguments, lists of rows left out."""
        parts = []
        for name, field in self.fields(of).items():
            if any(argument["type"]["kind"] == "NON_NULL" for argument in field["args"]):
                continue
            if self.is_leaf(field["type"]):
                parts.append(name)
            elif depth:
                parts.append(f"{name} {{ {self.whole(self.named(field['type']), depth - 1)} }}")
        return " ".join(parts)


def text(letters, seed):
    """A text that is in no row. It begins like many of them, so that looking for it takes as long as it can."""
    return "".join(random.Random(seed).choices("0123456789abcdef", k=max(letters - 1, 0))) + "q"


def several(rule, count):
    """Different operands in as many alternatives."""
    return {"or": [rule(index) for index in range(count)]}


class Generator:
    """All operations over a schema, given ids that rows of the database have."""

    def __init__(self, schema, ids):
        self.schema, self.ids = schema, ids

    def all(self):
        for root in self.schema.lists("Query"):
            yield from self.pages(root)
            yield from self.orders(root)
            yield from self.aggregates(root)
            yield from self.filters(root)
            yield from self.texts(root)
            yield from self.nested(root)
            yield from self.computed(root)
        yield from self.nodes()
        yield from self.wide()

    def selection(self, of):
        return self.schema.leaves(of)

    def counted(self, rows):
        """What is computed over whole lists of these rows: (name, selection of the connection)."""
        connection = self.schema.fields(f"{rows}Connection")
        yield "totalCount", "totalCount"
        if "statistics" not in connection:
            return
        statistics = self.schema.named(connection["statistics"]["type"])
        for name, field in self.schema.fields(statistics).items():
            inner = "" if self.schema.is_leaf(field["type"]) else f"{{ {self.schema.whole(self.schema.named(field['type']))} }}"
            if name == "series":
                for label, arguments in (("day", "bucket: DAY"), ("hour", 'bucket: HOUR, timezone: "Europe/Paris", from: "2026-01-01T00:00:00Z"'),
                                         ("closed", 'bucket: HOUR, from: "2026-01-01T00:00:00Z", to: "2026-01-31T00:00:00Z"')):
                    yield f"series {label}", f"statistics {{ series({arguments}) {inner} }}"
            else:
                yield name, f"statistics {{ {name} {inner} }}"

    def pages(self, root):
        field, rows, _, _ = root
        for arguments in ("first: 1", "first: 20", "first: 100", "last: 100"):
            yield Operation("page", f"{field}({arguments})", f"{{ {field}({arguments}) {{ nodes {{ {self.selection(rows)} }} }} }}")

    def orders(self, root):
        field, rows, _, order = root
        for value in self.schema.types[self.schema.inputs(order)["field"]]["enumValues"]:
            for direction, size in itertools.product(("ASC", "DESC"), (1, 100)):
                arguments = f"first: {size}, orderBy: [{{ field: {value['name']}, direction: {direction} }}]"
                yield Operation("order", f"{field}({arguments})", f"{{ {field}({arguments}) {{ nodes {{ id }} }} }}")

    def aggregates(self, root):
        field, rows, *_ = root
        for name, selection in self.counted(rows):
            yield Operation("whole list", f"{field} {name}", f"{{ {field} {{ {selection} }} }}")

    def comparisons(self, filter_):
        """One filter of each kind: (name, filter)."""
        for name, type_ in self.schema.inputs(filter_).items():
            operators = self.schema.inputs(type_)
            if name in ("and", "or", "not") or not operators:
                continue
            for operator, operand in operators.items():
                many = operator in ("in", "notIn")
                value = self.operand(operand, many, name)
                if value is not None:
                    yield f"{name}.{operator}", {name: {operator: value}}

    def operand(self, type_, many, name):
        enum = self.schema.types[type_]["enumValues"]
        if enum:
            return [value["name"] for value in enum][:3] if many else enum[-1]["name"]
        one = {"Boolean": True, "Int": 503, "BigInt": "77", "DateTime": "2026-01-15T00:00:00Z", "Date": "2026-01-15",
               "String": text(12, name), "ID": self.ids[0]}.get(type_)
        if not many:
            return one
        return {"ID": self.ids[:200], "String": [text(20, f"{name}{i}") for i in range(200)]}.get(type_)

    def filtered(self, kind, field, rows, filter_, name, value, targets=None):
        declared = f"($f: {filter_}!)"
        targets = targets or [("page", "nodes { id }"), *list(self.counted(rows))[:1]]
        for target, selection in targets:
            yield Operation(kind, f"{field} {name}: {target}",
                            f"query {declared} {{ {field}(first: 1, filter: $f) {{ {selection} }} }}", {"f": value})

    def filters(self, root):
        field, rows, filter_, _ = root
        for name, value in self.comparisons(filter_):
            yield from self.filtered("filter", field, rows, filter_, name, value)
            yield from self.filtered("filter", field, rows, filter_, f"not {name}", {"not": value})
        scalars = [value for name, value in self.comparisons(filter_) if name.endswith((".gt", ".isNull"))]
        wide = {"or": [{"and": scalars} for _ in range(max(1, 60 // max(1, len(scalars))))]}
        yield from self.filtered("filter", field, rows, filter_, "many comparisons", wide)

    def texts(self, root):
        field, rows, filter_, _ = root
        names = [name for name, type_ in self.schema.inputs(filter_).items() if type_ == "StringFilter"]
        for name in names:
            for operator, letters, count in [("contains", 1, 1), ("contains", 20, 1), ("contains", 1000, 1),
                                             ("contains", 20, 10), ("contains", 1000, 10), ("contains", 10, 100),
                                             ("startsWith", 20, 1), ("startsWith", 1000, 10), ("startsWith", 10, 100)]:
                value = several(lambda i: {name: {operator: text(letters, i)}}, count)
                what = f"{count} × {name}.{operator} of {letters}"
                yield from self.filtered("text", field, rows, filter_, what, value)
            negated = {"not": several(lambda i: {name: {"contains": text(20, i)}}, 10)}
            yield from self.filtered("text", field, rows, filter_, f"not 10 × {name}.contains of 20", negated)
            value = several(lambda i: {name: {"contains": text(20, i)}}, 5)
            yield from self.filtered("text", field, rows, filter_, f"5 × {name}.contains of 20", value, list(self.counted(rows)))
            long = {name: {"in": [text(900, i) for i in range(100)]}}
            yield from self.filtered("text", field, rows, filter_, f"{name}.in 100 of 900", long)
            lists = several(lambda i: {name: {"in": [text(20, f"{i}-{j}") for j in range(200)]}}, 40)
            yield from self.filtered("text", field, rows, filter_, f"40 × {name}.in 200 of 20", lists)

    def nested(self, root):
        field, rows, *_ = root
        for child, below, filter_, order in self.schema.lists(rows):
            def over(kind, name, selection, parents=100, declared="", variables=None):
                query = f"query {declared} {{ {field}(first: {parents}) {{ nodes {{ {selection} }} }} }}"
                return Operation(kind, f"{parents} {field} × {name}", query.replace("query  {", "{"), variables or {})

            for size in (1, 20):
                yield over("nested page", f"{child}({size})", f"{child}(first: {size}) {{ nodes {{ {self.selection(below)} }} }}")
            other = self.schema.types[self.schema.inputs(order)["field"]]["enumValues"][-1]["name"]
            yield over("nested order", f"{child} by {other}", f"{child}(first: 1, orderBy: [{{ field: {other} }}]) {{ nodes {{ id }} }}")
            for name, selection in self.counted(below):
                yield over("nested whole list", f"{child} {name}", f"{child} {{ {selection} }}")
            strings = [name for name, type_ in self.schema.inputs(filter_).items() if type_ == "StringFilter"]
            for name, (letters, count) in itertools.product(strings[:1], ((20, 1), (1000, 1), (20, 10))):
                value = several(lambda i: {name: {"contains": text(letters, i)}}, count)
                what = f"{child} {count} × {name}.contains of {letters}"
                for target in ("nodes { id }", "totalCount"):
                    yield over("nested filter", f"{what} {target}", f"{child}(first: 1, filter: $f) {{ {target} }}", 100,
                               f"($f: {filter_}!)", {"f": value})
            for name, value in self.comparisons(filter_):
                if self.schema.inputs(filter_)[name.split(".")[0]] == "IdFilter" and name.endswith((".in", ".notIn")):
                    yield over("nested filter", f"{child} {name}", f"{child}(first: 1, filter: $f) {{ nodes {{ id }} }}", 20,
                               f"($f: {filter_}!)", {"f": value})

    def computed(self, root):
        """Each field of an object by itself, many times."""
        field, rows, *_ = root
        for name, of in self.schema.fields(rows).items():
            if not of["args"]:
                inner = "" if self.schema.is_leaf(of["type"]) else f"{{ {self.schema.leaves(self.schema.named(of['type']))} }}"
                yield Operation("field", f"100 {field} {name}", f"{{ {field}(first: 100) {{ nodes {{ {name} {inner} }} }} }}")

    def nodes(self):
        ids = json.dumps(self.ids[:100])
        yield Operation("nodes", "nodes(100)", f"{{ nodes(ids: {ids}) {{ id }} }}")
        yield Operation("nodes", "nodes(100) syncLogs", f"{{ nodes(ids: {ids}) {{ ... on WorkspaceConnector {{ syncLogs(first: 5) {{ nodes {{ id }} }} }} }} }}")
        yield Operation("nodes", "nodes(100) health", f"{{ nodes(ids: {ids}) {{ ... on WorkspaceConnector {{ health {{ status }} }} }} }}")

    def wide(self):
        """Many small statements, and the same large variable many times."""
        roots = list(self.schema.lists("Query"))
        many = " ".join(f"a{i}: {field}(first: 1) {{ nodes {{ id }} }}" for i, (field, *_) in zip(range(20), itertools.cycle(roots)))
        yield Operation("wide", "20 pages of 1", f"{{ {many} }}")
        totals = " ".join(f"a{i}: {field} {{ totalCount }}" for i, (field, *_) in zip(range(20), itertools.cycle(roots)))
        yield Operation("wide", "20 totals", f"{{ {totals} }}")
        value = several(lambda i: {"filename": {"contains": text(30, i)}}, 8)
        same = " ".join(f"a{i}: documents(first: 1, filter: $f) {{ nodes {{ id }} }}" for i in range(10))
        yield Operation("wide", "10 pages of one filter", f"query ($f: DocumentFilter!) {{ {same} }}", {"f": value})
        deep = "syncLogs(first: 1) { nodes { workspaceConnector { documents(first: 1) { nodes { collect { documents(first: 1) { nodes { id } } } } } } } }"
        yield Operation("wide", "deep", f"{{ workspaceConnectors(first: 20) {{ nodes {{ {deep} }} }} }}")
