"""Makes a generated document one that gets somewhere.

What the schema alone generates is refused at nearly every field: ids that nothing has, pages of two billion rows, both
`first` and `last`, null operands. Most of it is replaced here by what a client would send, and some is left.
"""

from collections.abc import Mapping, Sequence
from random import Random

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FloatValueNode,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    Visitor,
    get_named_type,
    is_abstract_type,
    parse,
    visit,
)

from answers import Json

KINDS = {
    "syncLog": "workspaceConnectorSyncLogs",
    "documentWorkspaceConnector": "documentWorkspaceConnectors",
    "link": "documentWorkspaceConnectors",
    "diagnostic": "connectorSyncDiagnostics",
    "mapping": "connectorMappings",
    "workspaceConnector": "workspaceConnectors",
    "sourcedFrom": "workspaceConnectors",
    "routedTo": "workspaceConnectors",
    "connector": "connectors",
    "membership": "memberships",
    "apiKey": "apiKeys",
    "collect": "collects",
    "document": "documents",
    "person": "people",
    "people": "people",
    "assign": "people",
    "createdBy": "people",
    "task": "tasks",
    "parent": "tasks",
}
"""The list of what the name of an argument, an input's field or a root field speaks of; the first match counts."""

WORDS: Mapping[str, Sequence[str]] = {
    "timezone": ("UTC", "Europe/Paris", "America/St_Johns", "Asia/Kathmandu"),
    "expression": ("$", "invoices.{ 'number': no }", "$sum(lines.amount)", "(", "a[", "$eval('1')"),
    "provider": ("pennylane", "gmail", "linkedin"),
    "serviceId": ("pennylane", "acme-erp", "new-tool"),
    "toolName": ("list_invoices", "legacy"),
}
"""Texts that mean something to a field."""


def selections(text: str) -> Sequence[SelectionNode]:
    operation = parse(text, no_location=True).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return operation.selection_set.selections


ID = selections("{ id }")
ROWS = selections("{ nodes { id } }")
TYPE = selections("{ __typename }")
REFUSALS = selections("{ userErrors { code message path } }")


class World:
    """The ids that a document may name, the newest rows' first."""

    def __init__(self, ids: Mapping[str, Sequence[str]], foreign: Sequence[str]) -> None:
        self.ids = {name: known for name, known in ids.items() if known}
        self.foreign = foreign

    def one(self, random: Random, *names: str) -> str:
        """An id of what one of the names speaks of, rather a new row's; now and then another one, or a foreign one."""
        chance = random.random()
        if chance < 0.1:
            return random.choice(self.foreign)
        kinds = [kind for name in names for word, kind in KINDS.items() if word.lower() in name.lower()]
        known = self.ids.get(kinds[0]) if kinds and chance < 0.9 else None
        known = known or random.choice(list(self.ids.values()))
        return known[int(len(known) * random.random() ** 3)]


def sensible(schema: GraphQLSchema, document: DocumentNode, world: World, random: Random) -> DocumentNode:
    """The document with most of what would only be refused replaced."""
    if random.random() < 0.05:
        return document
    types = TypeInfo(schema)
    return visit(document, TypeInfoVisitor(types, Sense(types, world, random)))


class Sense(Visitor):
    def __init__(self, types: TypeInfo, world: World, random: Random) -> None:
        super().__init__()
        self.types = types
        self.world = world
        self.random = random
        self.fields: list[str] = []
        self.names: list[str] = []

    def mostly(self, chance: float = 0.9) -> bool:
        return self.random.random() < chance

    def enter_field(self, node: FieldNode, *_: object) -> FieldNode:
        self.fields.append(node.name.value)
        arguments = [
            one for one in node.arguments or () if not isinstance(one.value, NullValueNode) or self.mostly(0.3)
        ]
        names = {one.name.value for one in arguments}
        unwanted = {"after", "before"} if self.mostly() else set()
        if self.mostly(0.4):
            unwanted.add("filter")
        if {"first", "last"} <= names and self.mostly(0.95):
            unwanted.add(self.random.choice(["first", "last"]))
        return rebuilt(node, arguments=tuple(one for one in arguments if one.name.value not in unwanted))

    def leave_field(self, *_: object) -> None:
        self.fields.pop()

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> SelectionSetNode:
        """Whatever may be of several types says of which it is, mutations why they refuse, and rows who they are."""
        type_ = self.types.get_parent_type()
        more: list[SelectionNode] = []
        if is_abstract_type(type_):
            more += TYPE
        elif type_ is not None and type_.name.endswith("Payload"):
            more += REFUSALS
        elif type_ is not None and type_.name.endswith("Connection") and self.mostly(0.7):
            more += ROWS
        elif isinstance(type_, GraphQLObjectType) and "id" in type_.fields:
            more += ID
        return SelectionSetNode(selections=(*node.selections, *more))

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        self.names.append(node.name.value)

    def leave_argument(self, *_: object) -> None:
        self.names.pop()

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        self.names.append(node.name.value)

    def leave_object_field(self, *_: object) -> None:
        self.names.pop()

    def enter_object_value(self, node: ObjectValueNode, *_: object) -> ObjectValueNode | None:
        """A null operand is refused; in other inputs null clears, which is worth trying."""
        type_ = get_named_type(self.types.get_input_type())
        if not isinstance(type_, GraphQLInputObjectType):
            return None
        keep = 0.02 if type_.name.endswith("Filter") else 0.4
        fields = [one for one in node.fields if not isinstance(one.value, NullValueNode) or self.mostly(keep)]
        fields = [one for one in fields if one.name.value != "expectedUpdatedAt" or self.mostly(0.1)]
        return ObjectValueNode(fields=tuple(fields))

    def enter_list_value(self, node: ListValueNode, *_: object) -> ListValueNode | None:
        """An order has up to three parts."""
        type_ = get_named_type(self.types.get_input_type())
        if type_ is not None and type_.name.endswith("Order") and self.mostly():
            return ListValueNode(values=tuple(node.values)[: self.random.randint(1, 3)])
        return None

    def enter_int_value(self, node: IntValueNode, *_: object) -> ValueNode | None:
        if self.is_id():
            return self.id()
        if self.names and self.names[-1] in {"first", "last"} and self.mostly(0.97):
            most = 100 if len(self.fields) == 1 else 4
            return IntValueNode(value=str(self.random.randint(1, most)))
        return None

    def enter_string_value(self, node: StringValueNode, *_: object) -> ValueNode | None:
        if self.is_id():
            return self.id()
        words = WORDS.get(self.names[-1] if self.names else "")
        if words and self.mostly(0.7):
            return StringValueNode(value=self.random.choice(words))
        return None

    def is_id(self) -> bool:
        type_ = get_named_type(self.types.get_input_type())
        return type_ is not None and type_.name == "ID" and self.mostly()

    def id(self) -> StringValueNode:
        return StringValueNode(value=self.world.one(self.random, *reversed(self.names), *reversed(self.fields)))


def rebuilt(node: FieldNode, arguments: tuple[ArgumentNode, ...]) -> FieldNode:
    return FieldNode(
        alias=node.alias,
        name=node.name,
        arguments=arguments,
        directives=node.directives,
        selection_set=node.selection_set,
    )


def literal(value: Json) -> ValueNode:
    """A JSON value as it is written in a document."""
    match value:
        case None:
            return NullValueNode()
        case bool():
            return BooleanValueNode(value=value)
        case int():
            return IntValueNode(value=str(value))
        case float():
            return FloatValueNode(value=str(value))
        case str():
            return StringValueNode(value=value)
        case list():
            return ListValueNode(values=tuple(map(literal, value)))
        case dict():
            fields = (ObjectFieldNode(name=NameNode(value=name), value=literal(one)) for name, one in value.items())
            return ObjectValueNode(fields=tuple(fields))
