//! The types of the schema, as far as the REST API is made of them.

use std::collections::HashMap;

use async_graphql::parser::types::{BaseType, Type, TypeKind, TypeSystemDefinition};
use async_graphql::{Positioned, parser};

/// The types by name.
#[derive(Debug, Default)]
pub struct Definitions(HashMap<String, Definition>);

/// A type.
#[derive(Debug)]
pub struct Definition {
    /// What it is, for people.
    pub description: String,
    /// Its fields, or its values.
    pub kind: DefinitionKind,
}

/// What a type is made of.
#[derive(Debug)]
pub enum DefinitionKind {
    /// An object, or an input object.
    Fields(Vec<Field>),
    /// The names of its values.
    Enum(Vec<String>),
    /// One value.
    Scalar,
}

/// A field of an object or an input object.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// The name of its type.
    pub ty: String,
    /// Whether it is a list of these.
    pub list: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it has a default.
    pub has_default: bool,
    /// The type of its argument `input`.
    pub input: Option<String>,
}

impl Definitions {
    /// Reads the schema definition that the server itself exports.
    ///
    /// # Errors
    /// When it is not one.
    pub fn from_sdl(sdl: &str) -> Result<Self, parser::Error> {
        let mut types = HashMap::new();
        for definition in parser::parse_schema(sdl)?.definitions {
            let TypeSystemDefinition::Type(ty) = definition else { continue };
            let ty = ty.node;
            let kind = match ty.kind {
                TypeKind::Object(object) => DefinitionKind::Fields(
                    object
                        .fields
                        .into_iter()
                        .map(|field| field.node)
                        .map(|field| {
                            let input = field.arguments.iter().find(|argument| argument.node.name.node == "input");
                            let input = input.map(|argument| reference(&argument.node.ty.node).0);
                            let made = made(&field.name.node, field.description, &field.ty.node);
                            Field { input, ..made }
                        })
                        .collect(),
                ),
                TypeKind::InputObject(object) => DefinitionKind::Fields(
                    object
                        .fields
                        .into_iter()
                        .map(|field| field.node)
                        .map(|field| {
                            let has_default = field.default_value.is_some();
                            Field { has_default, ..made(&field.name.node, field.description, &field.ty.node) }
                        })
                        .collect(),
                ),
                TypeKind::Enum(values) => DefinitionKind::Enum(
                    values.values.into_iter().map(|value| value.node.value.node.to_string()).collect(),
                ),
                TypeKind::Scalar => DefinitionKind::Scalar,
                TypeKind::Interface(_) | TypeKind::Union(_) => continue,
            };
            let description = ty.description.map(|text| text.node).unwrap_or_default();
            types.insert(ty.name.node.to_string(), Definition { description, kind });
        }
        Ok(Self(types))
    }

    /// A type; nothing for one that the schema leaves to everybody, such as `String`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Definition> {
        self.0.get(name)
    }

    /// The fields of an object or an input object.
    #[must_use]
    pub fn fields(&self, name: &str) -> &[Field] {
        match self.0.get(name) {
            Some(Definition { kind: DefinitionKind::Fields(fields), .. }) => fields,
            _ => &[],
        }
    }

    /// A field of an object or an input object.
    #[must_use]
    pub fn field(&self, of: &str, name: &str) -> Option<&Field> {
        self.fields(of).iter().find(|field| field.name == name)
    }

    /// The values of an enum; nothing for another type.
    #[must_use]
    pub fn values(&self, name: &str) -> Option<&[String]> {
        match self.0.get(name) {
            Some(Definition { kind: DefinitionKind::Enum(values), .. }) => Some(values),
            _ => None,
        }
    }

    /// Whether it has fields.
    #[must_use]
    pub fn is_composite(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Definition { kind: DefinitionKind::Fields(_), .. }))
    }
}

fn made(name: &str, description: Option<Positioned<String>>, ty: &Type) -> Field {
    let (of, list) = reference(ty);
    Field {
        name: name.to_owned(),
        description: description.map(|text| text.node).unwrap_or_default(),
        ty: of,
        list,
        nullable: ty.nullable,
        has_default: false,
        input: None,
    }
}

/// The name of a type, and whether it is a list of that.
fn reference(ty: &Type) -> (String, bool) {
    match &ty.base {
        BaseType::Named(name) => (name.to_string(), false),
        BaseType::List(item) => (reference(item).0, true),
    }
}
