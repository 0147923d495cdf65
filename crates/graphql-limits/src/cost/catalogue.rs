//! The parts of the schema that matter to the cost.

use std::collections::HashMap;

use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Positioned, parser};

use super::Hints;

/// The fields of the schema that matter to the cost.
#[derive(Clone, Debug)]
pub struct Catalogue {
    pub(super) types: HashMap<String, HashMap<String, Field>>,
    pub(super) inputs: HashMap<String, HashMap<String, Input>>,
    /// The first value of each enum.
    firsts: HashMap<String, String>,
    pub(super) query: String,
    pub(super) mutation: String,
    pub(super) subscription: String,
    pub(super) hints: Hints,
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The type it returns, without lists.
    pub returns: String,
    pub list: bool,
    pub connection: bool,
    /// Its arguments.
    pub arguments: HashMap<String, Input>,
}

/// An argument, or a field of an input.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// Its type, without lists.
    pub of: String,
}

impl Catalogue {
    /// Reads the schema definition that the server itself exports, and what it does not say.
    ///
    /// # Errors
    ///
    /// When it is not one.
    pub fn from_sdl(sdl: &str, hints: Hints) -> Result<Self, parser::Error> {
        Ok(Self::of(parser::parse_schema(sdl)?, hints))
    }

    fn of(schema: ServiceDocument, hints: Hints) -> Self {
        let mut catalogue = Self {
            types: HashMap::new(),
            inputs: HashMap::new(),
            firsts: HashMap::new(),
            query: "Query".to_owned(),
            mutation: "Mutation".to_owned(),
            subscription: "Subscription".to_owned(),
            hints,
        };
        for definition in schema.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let schema = schema.node;
                    for (root, name) in [
                        (&mut catalogue.query, schema.query),
                        (&mut catalogue.mutation, schema.mutation),
                        (&mut catalogue.subscription, schema.subscription),
                    ] {
                        if let Some(name) = name {
                            *root = name.node.to_string();
                        }
                    }
                }
                TypeSystemDefinition::Type(ty) => {
                    let name = ty.node.name.node.to_string();
                    match ty.node.kind {
                        TypeKind::Object(object) => catalogue.add(name, object.fields),
                        TypeKind::Interface(interface) => catalogue.add(name, interface.fields),
                        TypeKind::InputObject(input) => {
                            catalogue.inputs.entry(name).or_default().extend(inputs(input.fields));
                        }
                        TypeKind::Enum(values) => {
                            let first = values.values.first().map(|first| first.node.value.node.to_string());
                            catalogue.firsts.extend(first.map(|first| (name, first)));
                        }
                        TypeKind::Scalar | TypeKind::Union(_) => {}
                    }
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        catalogue
    }

    fn add(&mut self, name: String, fields: Vec<Positioned<FieldDefinition>>) {
        self.types.entry(name).or_default().extend(fields.into_iter().map(|field| described(field.node)));
    }

    /// What a list is ordered by that is ordered by this input, unless it is said: the first value of its enum.
    pub(super) fn default_order(&self, input: &str) -> Option<&str> {
        let field = self.inputs.get(input)?.get("field")?;
        self.firsts.get(&field.of).map(String::as_str)
    }

    /// Whether the input compares texts, and may look inside of them.
    pub(super) fn compares_texts(&self, input: &str) -> bool {
        self.inputs.get(input).is_some_and(|operators| operators.contains_key("contains"))
    }
}

/// A field's name and what it returns.
fn described(field: FieldDefinition) -> (String, Field) {
    let returns = named(&field.ty.node);
    let list = matches!(field.ty.node.base, BaseType::List(_));
    let arguments: HashMap<_, _> = inputs(field.arguments).collect();
    let paged = arguments.contains_key("first") || arguments.contains_key("last");
    let connection = paged && returns.ends_with("Connection");
    (field.name.node.to_string(), Field { returns, list, connection, arguments })
}

fn inputs(fields: Vec<Positioned<InputValueDefinition>>) -> impl Iterator<Item = (String, Input)> {
    fields.into_iter().map(|field| (field.node.name.node.to_string(), Input { of: named(&field.node.ty.node) }))
}

fn named(mut ty: &Type) -> String {
    loop {
        match &ty.base {
            BaseType::Named(name) => return name.to_string(),
            BaseType::List(item) => ty = item,
        }
    }
}
