//! What an entity declares of itself for the REST API. Names, attributes, relationships, filters and orders follow from
//! the schema.

use super::names::{camel, snake};
use crate::auth::Access;

/// An entity as a resource type.
#[derive(Debug)]
pub struct Resource {
    /// Its `type`.
    pub name: &'static str,
    /// Its path below `/v1`.
    pub path: &'static str,
    /// Its type in the schema.
    pub object: &'static str,
    /// The root fields that read it.
    pub roots: Roots,
    /// The name of its public id among the attributes, where its table has one.
    pub id_column: Option<&'static str>,
    /// Fields whose names may not be those of members, each with its name here: JSON:API has `type` and `id` for itself.
    pub renamed: &'static [(&'static str, &'static str)],
    /// Fields of the list's filter that compare a member of another name, each with that.
    pub filters: &'static [(&'static str, &'static str)],
    /// Fields of the schema that are no columns: they are read when they are asked for by name.
    pub computed: &'static [&'static str],
    /// Fields that not every role may read that reads the rest.
    pub protected: &'static [(&'static str, Access)],
    /// The mutations that write it, where it can be written.
    pub writes: Option<Writes>,
}

impl Resource {
    /// The name of the member that a field of the schema is.
    #[must_use]
    pub fn member(&self, field: &str) -> String {
        let renamed = self.renamed.iter().find(|(known, _)| *known == field);
        renamed.map_or_else(|| snake(field), |(_, member)| (*member).to_owned())
    }

    /// The name that a field of the list's filter goes by.
    #[must_use]
    pub fn filter_name(&self, field: &str) -> String {
        let other = self.filters.iter().find(|(known, _)| *known == field);
        other.map_or_else(|| self.member(field), |(_, member)| (*member).to_owned())
    }

    /// The field of the list's filter that goes by a name, if it can be one.
    #[must_use]
    pub fn filter_field(&self, name: &str) -> Option<String> {
        if self.id_column == Some(name) {
            return Some("id".to_owned());
        }
        let mut others = self.filters.iter().chain(self.renamed);
        if let Some((field, _)) = others.clone().find(|(_, known)| *known == name) {
            return Some((*field).to_owned());
        }
        camel(name).filter(|field| others.all(|(known, _)| known != field))
    }
}

/// The root fields that read an entity.
#[derive(Clone, Copy, Debug)]
pub enum Roots {
    /// One row by its id, and a connection.
    Connection {
        /// The field with the argument `id`.
        one: &'static str,
        /// The field with the arguments of a list.
        many: &'static str,
    },
    /// The one row that belongs to the request.
    Own(&'static str),
}

/// The mutations that write an entity.
#[derive(Debug)]
pub struct Writes {
    /// Creates one.
    pub create: &'static str,
    /// Creates several, with the name of their list in its input.
    pub create_many: Option<(&'static str, &'static str)>,
    /// Changes attributes.
    pub update: &'static str,
    /// Mutations that an update stands for when it gives this attribute this value.
    pub transitions: &'static [Transition],
    /// Deletes one.
    pub delete: &'static str,
    /// What else can be done to one, by the name of a sub-resource.
    pub actions: &'static [Action],
}

/// A change of state, which has a mutation of its own.
#[derive(Debug)]
pub struct Transition {
    /// The attribute that has the state.
    pub attribute: &'static str,
    /// The state that is wanted.
    pub value: &'static str,
    /// The mutation, whose input does without the state; none where no such change is ever possible.
    pub mutation: Option<&'static str>,
}

/// Something that is done to one row by a `POST` below it.
#[derive(Debug)]
pub struct Action {
    /// Its path below the row's.
    pub path: &'static str,
    /// The mutation.
    pub mutation: &'static str,
    /// Whether the row of the answer is a new one.
    pub creates: bool,
    /// What it does, for the reference.
    pub summary: &'static str,
}
