"""Moves values of a document into variables, as clients send them."""

from random import Random

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse_type,
    value_from_ast_untyped,
    visit,
)
from graphql.execution.values import get_variable_values

from answers import Json


def hoisted(schema: GraphQLSchema, document: DocumentNode, random: Random) -> tuple[DocumentNode, dict[str, Json]]:
    """The document with most of its arguments in variables, and their values; now and then one does not fit."""
    types = TypeInfo(schema)
    hoist = Hoist(types, random)
    document = visit(document, TypeInfoVisitor(types, hoist))
    definitions = tuple(
        OperationDefinitionNode(
            operation=node.operation,
            name=NameNode(value="Fuzzed"),
            variable_definitions=tuple(hoist.definitions),
            selection_set=node.selection_set,
        )
        if isinstance(node, OperationDefinitionNode)
        else node
        for node in document.definitions
    )
    if hoist.values and random.random() < 0.1:
        hoist.values[random.choice(list(hoist.values))] = random.choice([None, 7, 2**40, 0.5, "x", True, [], ["x"], {}])
    return DocumentNode(definitions=definitions), hoist.values


def misfits(schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Json]) -> list[GraphQLError]:
    """Why the values of variables are not of the types that the document declares."""
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    values = get_variable_values(schema, operation.variable_definitions or (), variables)
    return values if isinstance(values, list) else []


class Hoist(Visitor):
    def __init__(self, types: TypeInfo, random: Random) -> None:
        super().__init__()
        self.types = types
        self.random = random
        self.definitions: list[VariableDefinitionNode] = []
        self.values: dict[str, Json] = {}

    def enter_argument(self, node: ArgumentNode, *_: object) -> ArgumentNode | None:
        argument = self.types.get_argument()
        if argument is None or self.random.random() < 0.2:
            return None
        type_ = str(argument.type)
        if self.random.random() < 0.03:
            type_ = self.random.choice(["Int", "String!", "[ID!]", "JSON", type_.rstrip("!"), f"[{type_}]"])
        variable = VariableNode(name=NameNode(value=f"v{len(self.values)}"))
        self.definitions.append(VariableDefinitionNode(variable=variable, type=parse_type(type_)))
        self.values[variable.name.value] = value_from_ast_untyped(node.value)
        return ArgumentNode(name=node.name, value=variable)
