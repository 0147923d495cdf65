//! Whether a value fits a type: literals of documents, and values of variables.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, Type};
use async_graphql::{Name, Value as ConstValue};
use async_graphql_value::Value as Literal;

use super::types::{Input, Known, Slot, Types};
use crate::Code;

/// Names longer than this, in bytes, are cut in messages.
const MAX_QUOTED: usize = 100;

/// A value as far as its type looks at it.
pub(super) enum View<'a, V> {
    Variable(&'a Name),
    Null,
    List(&'a [V]),
    Object(&'a IndexMap<Name, V>),
    Enum(&'a str),
    /// A string from outside of a document, which may stand for an enum value.
    Text(&'a str),
    Scalar,
}

/// A value, of a document or from outside.
pub(super) trait Given: Sized {
    /// What kind of value it is.
    fn view(&self) -> View<'_, Self>;
    /// The value itself, unless there are variables in it.
    fn constant(&self) -> Option<ConstValue>;
}

impl Given for Literal {
    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Variable(name) => View::Variable(name),
            Self::Null => View::Null,
            Self::List(items) => View::List(items),
            Self::Object(fields) => View::Object(fields),
            Self::Enum(name) => View::Enum(name),
            Self::Number(_) | Self::String(_) | Self::Boolean(_) | Self::Binary(_) => View::Scalar,
        }
    }

    fn constant(&self) -> Option<ConstValue> {
        self.clone().into_const()
    }
}

impl Given for ConstValue {
    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Null => View::Null,
            Self::List(items) => View::List(items),
            Self::Object(fields) => View::Object(fields),
            Self::Enum(name) => View::Enum(name),
            Self::String(text) => View::Text(text),
            Self::Number(_) | Self::Boolean(_) | Self::Binary(_) => View::Scalar,
        }
    }

    fn constant(&self) -> Option<ConstValue> {
        Some(self.clone())
    }
}

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'t> {
    pub ty: &'t Type,
    /// Whether the schema has a default for it.
    pub has_default: bool,
    /// Whether it is the one field of its input object.
    pub one_of: bool,
}

impl<'t> From<&'t Slot> for Place<'t> {
    fn from(slot: &'t Slot) -> Self {
        Self { ty: &slot.ty, has_default: slot.has_default, one_of: slot.one_of }
    }
}

impl<'t> Place<'t> {
    /// A place of this type that nothing more is known about.
    pub const fn of(ty: &'t Type) -> Self {
        Self { ty, has_default: false, one_of: false }
    }
}

/// Why a value does not fit, and where in it.
#[derive(Debug)]
pub(super) struct Misfit {
    pub code: Code,
    message: String,
    /// From the innermost step outwards.
    path: Vec<String>,
}

impl Misfit {
    fn shape(message: impl Into<String>) -> Self {
        Self { code: Code::ValidationFailed, message: message.into(), path: Vec::new() }
    }

    /// A value that cannot be used, whatever its type.
    pub fn value(message: impl Into<String>) -> Self {
        Self { code: Code::BadUserInput, message: message.into(), path: Vec::new() }
    }

    /// The same, seen from around it.
    pub fn within(mut self, step: String) -> Self {
        self.path.push(step);
        self
    }

    /// The message for a value that goes by this name.
    pub fn told(&self, name: &str) -> String {
        let path: String = self.path.iter().rev().map(String::as_str).collect();
        format!("{}{path}: {}", short(name), self.message)
    }
}

/// The refusal of a member that is there more than once.
pub(super) fn repeated() -> Misfit {
    Misfit::value("It must be there only once.")
}

/// Fits values to types.
pub(super) struct Fitting<'a> {
    pub types: &'a Types,
    /// The variables that were met, with their places.
    pub variables: Vec<(&'a str, Place<'a>)>,
    /// How many input objects the value lies in.
    depth: usize,
}

impl<'a> Fitting<'a> {
    pub const fn new(types: &'a Types) -> Self {
        Self { types, variables: Vec::new(), depth: 0 }
    }

    /// Whether a value fits its place. Recurses as deep as lists and objects are nested.
    pub fn fit<V: Given>(&mut self, value: &'a V, place: Place<'a>) -> Result<(), Misfit> {
        match (value.view(), &place.ty.base) {
            (View::Variable(name), _) => {
                self.variables.push((name, place));
                Ok(())
            }
            (View::Null, _) if place.ty.nullable => Ok(()),
            (View::Null, _) => Err(Misfit::shape("It must not be null.")),
            (View::List(items), BaseType::List(ty)) => items.iter().enumerate().try_for_each(|(index, item)| {
                self.fit(item, Place::of(ty)).map_err(|misfit| misfit.within(format!("[{index}]")))
            }),
            // A single value stands for a list of it.
            (_, BaseType::List(ty)) => self.fit(value, Place::of(ty)),
            (_, BaseType::Named(name)) => self.fit_named(value, name),
        }
    }

    fn fit_named<V: Given>(&mut self, value: &'a V, name: &str) -> Result<(), Misfit> {
        match self.types.get(name) {
            Some(Known::Enum(values)) => match value.view() {
                View::Enum(given) | View::Text(given) if values.contains(given) => Ok(()),
                _ => Err(Misfit::shape(format!("It must be a value of the enum {name}."))),
            },
            Some(Known::Input(input)) => match value.view() {
                // Only a filter as a whole may say nothing: an operand that does is no "everything".
                View::Object(fields) if fields.is_empty() && input.is_filter && self.depth > 0 => {
                    Err(Misfit::value("It is empty. Leave it out to accept every row."))
                }
                View::Object(fields) => {
                    self.depth += 1;
                    self.fit_fields(fields, input, name)?;
                    self.depth -= 1;
                    Ok(())
                }
                _ => Err(Misfit::shape(format!("It must be an object of the type {name}."))),
            },
            Some(Known::Scalar(scalar)) => {
                // Only JSON may have variables within, and those may be anything.
                let Some(value) = value.constant() else { return Ok(()) };
                if !(scalar.has_shape)(&value) {
                    return Err(Misfit::shape(format!("It must be {}.", scalar.wanted)));
                }
                let refused = |message| Misfit { code: Code::BadUserInput, message, path: Vec::new() };
                (scalar.hold)(value).map_err(refused)
            }
            Some(Known::Composite(_)) | None => Ok(()),
        }
    }

    fn fit_fields<V: Given>(
        &mut self,
        fields: &'a IndexMap<Name, V>,
        input: &'a Input,
        name: &str,
    ) -> Result<(), Misfit> {
        for (field, value) in fields {
            let Some(slot) = input.fields.get(field.as_str()) else {
                return Err(Misfit::shape(format!("The type {name} has no field {}.", short(field))));
            };
            self.fit(value, slot.into()).map_err(|misfit| misfit.within(format!(".{field}")))?;
        }
        if let Some(missing) = input.required.iter().find(|field| !fields.contains_key(field.as_str())) {
            return Err(Misfit::shape("It is required.").within(format!(".{missing}")));
        }
        if input.one_of && (fields.len() != 1 || fields.values().any(|value| matches!(value.view(), View::Null))) {
            return Err(Misfit::shape(format!("Exactly one field of the type {name} must be given.")));
        }
        Ok(())
    }
}

/// The beginning of a text that a client chose.
pub(super) fn short(text: &str) -> &str {
    (0..=text.len().min(MAX_QUOTED)).rev().find_map(|end| text.get(..end)).unwrap_or_default()
}
