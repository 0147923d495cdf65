//! The resource types: what the entities declare, made complete by the schema.

use super::definitions::{Definitions, Field};
use super::names::snake;
use super::resource::{Resource, Roots};
use crate::auth::{Access, Role};

/// The resource types of the API.
#[derive(Debug)]
pub struct Model {
    types: Vec<ResourceType>,
    definitions: Definitions,
}

/// A resource type.
#[derive(Debug)]
pub struct ResourceType {
    /// What its entity declares.
    pub resource: &'static Resource,
    /// What its rows have, in the order of the document.
    pub attributes: Vec<Attribute>,
    /// The rows that its rows point at.
    pub relationships: Vec<Relationship>,
    /// The input that its list is narrowed by.
    pub filter: Option<String>,
    /// The enum of what its list is ordered by.
    pub order: Option<String>,
}

/// A member of `attributes`.
#[derive(Debug)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Where its value comes from.
    pub source: Source,
    /// How its value is written.
    pub value: Value,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it is only read when it is asked for by name.
    pub computed: bool,
    /// Who may read it, of those who may read the rest.
    pub access: Access,
    /// What it is, for people.
    pub description: String,
}

/// Where the value of an attribute comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The resource's own id.
    Id,
    /// Rows that can be read were not deleted.
    NotDeleted,
    /// A field of the schema.
    Field(String),
}

/// How a value is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// As the schema writes it. The name of the scalar, and whether it is a list.
    Plain(String, bool),
    /// The name of an enum, whose values are written in lower case.
    Enum(String),
    /// A column of JSON of which the schema knows some members.
    Object(Vec<Member>),
}

/// A member of a column of JSON that the schema knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name in the column.
    pub name: String,
    /// Its name in the schema.
    pub field: String,
    /// The name of its scalar.
    pub scalar: String,
    /// Whether it is a list.
    pub list: bool,
    /// Whether it has all members that the schema does not know.
    pub rest: bool,
}

/// A member of `relationships`: one row, or none.
#[derive(Debug)]
pub struct Relationship {
    /// Its name.
    pub name: String,
    /// The field of the schema.
    pub field: String,
    /// The resource type of the row.
    pub target: usize,
    /// Whether there may be no row.
    pub nullable: bool,
    /// Whether it is only read when it is asked for by name.
    pub computed: bool,
    /// What it is, for people.
    pub description: String,
}

impl Model {
    /// The resource types of a schema.
    ///
    /// # Errors
    /// What a declaration names that the schema lacks.
    pub fn new(sdl: &str, resources: &[&'static Resource]) -> Result<Self, String> {
        let definitions = Definitions::from_sdl(sdl).map_err(|error| error.to_string())?;
        let types = resources.iter().map(|resource| resource_type(&definitions, resource, resources)).collect();
        let model = Self { types, definitions };
        super::declared::check(&model)?;
        Ok(model)
    }

    /// All resource types.
    #[must_use]
    pub fn types(&self) -> &[ResourceType] {
        &self.types
    }

    /// One of them, with its index.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<(usize, &ResourceType)> {
        self.types.iter().enumerate().find(|(_, ty)| ty.resource.name == name)
    }

    /// The types of the schema.
    #[must_use]
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// The input type of a mutation, and the fields of its payload.
    #[must_use]
    pub fn mutation(&self, name: &str) -> Option<(&str, &[Field])> {
        let field = self.definitions.field("Mutation", name)?;
        Some((field.input.as_deref()?, self.definitions.fields(&field.ty)))
    }
}

/// What the payload of a mutation tells besides the row.
pub fn told<'m>(definitions: &'m Definitions, payload: &'m [Field]) -> impl Iterator<Item = &'m Field> {
    payload.iter().filter(|field| !definitions.is_composite(&field.ty))
}

impl ResourceType {
    /// The index of the relationship of this name.
    #[must_use]
    pub fn relationship(&self, name: &str) -> Option<usize> {
        self.relationships.iter().position(|relationship| relationship.name == name)
    }

    /// The index of the attribute of this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<usize> {
        self.attributes.iter().position(|attribute| attribute.name == name)
    }

    /// Whether its list may have many rows.
    #[must_use]
    pub fn has_pages(&self) -> bool {
        matches!(self.resource.roots, Roots::Connection { .. })
    }

    /// The path of its list.
    #[must_use]
    pub fn base(&self) -> String {
        format!("/v1/{}", self.resource.path)
    }
}

impl Attribute {
    /// Whether somebody of this role may read it.
    #[must_use]
    pub fn is_open_to(&self, role: Role) -> bool {
        self.access.allows(role)
    }
}

fn resource_type(definitions: &Definitions, resource: &'static Resource, all: &[&Resource]) -> ResourceType {
    let own = |name: &str, source, value, nullable, description: &str| Attribute {
        name: name.to_owned(),
        source,
        value,
        nullable,
        computed: false,
        access: Access::Everyone,
        description: description.to_owned(),
    };
    let (mut attributes, mut relationships) = (Vec::new(), Vec::new());
    if let Some(column) = resource.id_column {
        let value = Value::Plain("ID".to_owned(), false);
        attributes.push(own(column, Source::Id, value, false, "The same as the resource's `id`."));
    }
    for field in definitions.fields(resource.object) {
        let computed = resource.computed.contains(&field.name.as_str());
        let target = all.iter().position(|other| other.object == field.ty);
        if let (Some(target), false) = (target, field.list) {
            relationships.push(Relationship {
                name: snake(&field.name),
                field: field.name.clone(),
                target,
                nullable: field.nullable,
                computed,
                description: field.description.clone(),
            });
        } else if let Some(value) = value(definitions, field).filter(|_| field.name != "id") {
            let access = resource.protected.iter().find(|(name, _)| *name == field.name);
            attributes.push(Attribute {
                name: resource.member(&field.name),
                source: Source::Field(field.name.clone()),
                value,
                nullable: field.nullable,
                computed,
                access: access.map_or(Access::Everyone, |(_, access)| *access),
                description: field.description.clone(),
            });
        }
    }
    let deleted = "Null: a row that was deleted is not found any more.";
    attributes.push(own("deleted_at", Source::NotDeleted, Value::Plain("DateTime".to_owned(), false), true, deleted));
    let (filter, order) = match resource.roots {
        Roots::Connection { .. } => {
            (Some(format!("{}Filter", resource.object)), Some(format!("{}OrderField", resource.object)))
        }
        Roots::Own(_) => (None, None),
    };
    ResourceType { resource, attributes, relationships, filter, order }
}

/// How a field's value is written; nothing for a field that is no attribute.
fn value(definitions: &Definitions, field: &Field) -> Option<Value> {
    if definitions.values(&field.ty).is_some() {
        return (!field.list).then(|| Value::Enum(field.ty.clone()));
    }
    if !definitions.is_composite(&field.ty) {
        return Some(Value::Plain(field.ty.clone(), field.list));
    }
    let members = definitions.fields(&field.ty);
    let is_column = members.iter().any(|member| member.name == REST) && !field.list;
    is_column.then(|| {
        Value::Object(
            members
                .iter()
                .map(|member| Member {
                    name: snake(&member.name),
                    field: member.name.clone(),
                    scalar: member.ty.clone(),
                    list: member.list,
                    rest: member.name == REST,
                })
                .collect(),
        )
    })
}

/// The field with all members of a column of JSON that have no field.
pub(super) const REST: &str = "extra";
