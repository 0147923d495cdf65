//! What the schema says of fields, arguments and inputs.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    BaseType, ConstDirective, FieldDefinition, InputObjectType, InputValueDefinition, OperationType, ServiceDocument,
    Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned, parser};

use super::scalars::{self, Scalar};

/// The types of the schema, as far as documents and variables must fit them.
#[derive(Debug)]
pub struct Types {
    by_name: HashMap<String, Known>,
    directives: HashMap<String, Slots>,
    query: String,
    mutation: String,
    subscription: String,
}

/// A type that is known.
#[derive(Debug)]
pub(super) enum Known {
    Composite(Composite),
    Input(Input),
    Enum(HashSet<String>),
    Scalar(Scalar),
}

/// An object, an interface or a union.
#[derive(Debug)]
pub(super) struct Composite {
    pub is_object: bool,
    fields: HashMap<String, Field>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub ty: Type,
    pub arguments: Slots,
}

/// An input object.
#[derive(Debug)]
pub(super) struct Input {
    pub fields: Slots,
    /// The fields that must be given.
    pub required: Vec<String>,
    /// Whether exactly one field must be given.
    pub one_of: bool,
    /// Whether it says which rows are accepted.
    pub is_filter: bool,
}

/// Arguments or input fields, by their names.
pub(super) type Slots = HashMap<String, Slot>;

/// An argument or an input field: where a value may stand.
#[derive(Debug)]
pub(super) struct Slot {
    pub ty: Type,
    pub has_default: bool,
    /// Whether it belongs to an input object of which exactly one field must be given.
    pub one_of: bool,
}

impl Types {
    /// Reads the schema definition that the server itself exports. `scalars` are those that it declares, and `ID`; any
    /// value may stand for one that is not among them.
    ///
    /// # Errors
    ///
    /// When it is not one.
    pub fn from_sdl(sdl: &str, scalars: &[Scalar]) -> Result<Self, parser::Error> {
        let mut types = Self {
            by_name: HashMap::new(),
            directives: HashMap::new(),
            query: "Query".to_owned(),
            mutation: "Mutation".to_owned(),
            subscription: "Subscription".to_owned(),
        };
        for scalar in scalars::BUILT_IN.iter().chain(scalars) {
            types.by_name.insert(scalar.name.to_owned(), Known::Scalar(*scalar));
        }
        types.read(parser::parse_schema(sdl)?);
        types.read(parser::parse_schema(include_str!("introspection.graphql"))?);
        if let Some(Known::Composite(root)) = types.by_name.remove("__Root")
            && let Some(Known::Composite(query)) = types.by_name.get_mut(&types.query)
        {
            query.fields.extend(root.fields);
        }
        Ok(types)
    }

    fn read(&mut self, schema: ServiceDocument) {
        for definition in schema.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let schema = schema.node;
                    for (root, name) in [
                        (&mut self.query, schema.query),
                        (&mut self.mutation, schema.mutation),
                        (&mut self.subscription, schema.subscription),
                    ] {
                        if let Some(name) = name {
                            *root = name.node.to_string();
                        }
                    }
                }
                TypeSystemDefinition::Type(ty) => {
                    let known = match ty.node.kind {
                        TypeKind::Object(object) => Known::Composite(composite(true, object.fields)),
                        TypeKind::Interface(interface) => Known::Composite(composite(false, interface.fields)),
                        TypeKind::Union(_) => Known::Composite(composite(false, Vec::new())),
                        TypeKind::Enum(values) => Known::Enum(
                            values.values.into_iter().map(|value| value.node.value.node.to_string()).collect(),
                        ),
                        TypeKind::InputObject(object) => {
                            let is_filter = ty.node.name.node.ends_with("Filter");
                            Known::Input(input(object, &ty.node.directives, is_filter))
                        }
                        // Those that there is a check for are known; any value may stand for another.
                        TypeKind::Scalar => continue,
                    };
                    self.by_name.insert(ty.node.name.node.to_string(), known);
                }
                TypeSystemDefinition::Directive(directive) => {
                    let slots = slots(directive.node.arguments, false);
                    self.directives.insert(directive.node.name.node.to_string(), slots);
                }
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Known> {
        self.by_name.get(name)
    }

    pub(super) fn root(&self, ty: OperationType) -> &str {
        match ty {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &self.subscription,
        }
    }

    pub(super) fn field(&self, of: &str, name: &str) -> Option<&Field> {
        match self.by_name.get(of)? {
            Known::Composite(composite) => composite.fields.get(name),
            _ => None,
        }
    }

    /// The arguments of a directive.
    pub(super) fn directive(&self, name: &str) -> Option<&Slots> {
        self.directives.get(name)
    }
}

/// The name of a type without its lists.
pub(super) fn named(mut ty: &Type) -> &Name {
    loop {
        match &ty.base {
            BaseType::Named(name) => return name,
            BaseType::List(item) => ty = item,
        }
    }
}

fn composite(is_object: bool, definitions: Vec<Positioned<FieldDefinition>>) -> Composite {
    let definitions = definitions.into_iter().map(|field| field.node);
    let mut fields: HashMap<String, Field> = definitions
        .map(|field| {
            let (ty, arguments) = (field.ty.node, slots(field.arguments, false));
            (field.name.node.to_string(), Field { ty, arguments })
        })
        .collect();
    let typename = Type { base: BaseType::Named(Name::new("String")), nullable: false };
    fields.insert("__typename".to_owned(), Field { ty: typename, arguments: Slots::new() });
    Composite { is_object, fields }
}

fn input(object: InputObjectType, directives: &[Positioned<ConstDirective>], is_filter: bool) -> Input {
    let one_of = directives.iter().any(|directive| directive.node.name.node == "oneOf");
    let required = object.fields.iter().map(|field| &field.node);
    let required = required.filter(|field| !field.ty.node.nullable && field.default_value.is_none());
    let required = required.map(|field| field.name.node.to_string()).collect();
    Input { required, one_of, is_filter, fields: slots(object.fields, one_of) }
}

fn slots(definitions: Vec<Positioned<InputValueDefinition>>, one_of: bool) -> Slots {
    let definitions = definitions.into_iter().map(|definition| definition.node);
    definitions
        .map(|slot| {
            let has_default = slot.default_value.is_some();
            (slot.name.node.to_string(), Slot { ty: slot.ty.node, has_default, one_of })
        })
        .collect()
}
