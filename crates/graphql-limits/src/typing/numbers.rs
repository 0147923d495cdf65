//! Numbers of a document as they are written, where the library keeps them otherwise.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, Directive, DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type,
};
use async_graphql::{Name, Number, Pos, Positioned, Value as ConstValue};
use async_graphql_value::Value as Literal;

use super::types::{Known, Slots, Types, named};
use super::violation;
use crate::{Code, Numbers, Violation};

impl Types {
    /// Gives a document back the numbers that the library read in another way than they are written. In JSON, their text
    /// takes their place.
    ///
    /// # Errors
    ///
    /// `BadUserInput` for the first that is too large for where it stands.
    pub fn restore_numbers(&self, document: &mut ExecutableDocument, numbers: &Numbers) -> Result<(), Violation> {
        if numbers.is_empty() {
            return Ok(());
        }
        let restoring = Restoring { types: self, numbers };
        for fragment in document.fragments.values_mut().map(|fragment| &mut fragment.node) {
            restoring.directives(&mut fragment.directives)?;
            let on = fragment.type_condition.node.on.node.clone();
            restoring.selections(&mut fragment.selection_set.node, Some(&on))?;
        }
        match &mut document.operations {
            DocumentOperations::Single(operation) => restoring.operation(&mut operation.node),
            DocumentOperations::Multiple(operations) => {
                operations.values_mut().try_for_each(|operation| restoring.operation(&mut operation.node))
            }
        }
    }
}

struct Restoring<'a> {
    types: &'a Types,
    numbers: &'a Numbers,
}

impl Restoring<'_> {
    fn operation(&self, operation: &mut OperationDefinition) -> Result<(), Violation> {
        for variable in operation.variable_definitions.iter_mut().map(|variable| &mut variable.node) {
            if let Some(default) = &mut variable.default_value {
                self.value(default.pos, &mut default.node, Some(&variable.var_type.node))?;
            }
        }
        self.directives(&mut operation.directives)?;
        let root = self.types.root(operation.ty);
        self.selections(&mut operation.selection_set.node, Some(root))
    }

    fn selections(&self, set: &mut SelectionSet, of: Option<&str>) -> Result<(), Violation> {
        for selection in &mut set.items {
            match &mut selection.node {
                Selection::Field(field) => {
                    let field = &mut field.node;
                    let known = of.and_then(|of| self.types.field(of, &field.name.node));
                    self.arguments(&mut field.arguments, known.map(|known| &known.arguments))?;
                    self.directives(&mut field.directives)?;
                    let of = known.map(|known| named(&known.ty).as_str());
                    self.selections(&mut field.selection_set.node, of)?;
                }
                Selection::InlineFragment(inline) => {
                    let inline = &mut inline.node;
                    self.directives(&mut inline.directives)?;
                    let on = inline.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                    self.selections(&mut inline.selection_set.node, on.or(of))?;
                }
                Selection::FragmentSpread(spread) => self.directives(&mut spread.node.directives)?,
            }
        }
        Ok(())
    }

    fn directives(&self, directives: &mut [Positioned<Directive>]) -> Result<(), Violation> {
        directives.iter_mut().map(|directive| &mut directive.node).try_for_each(|directive| {
            let slots = self.types.directive(&directive.name.node);
            self.arguments(&mut directive.arguments, slots)
        })
    }

    fn arguments(
        &self,
        arguments: &mut [(Positioned<Name>, Positioned<Literal>)],
        slots: Option<&Slots>,
    ) -> Result<(), Violation> {
        arguments.iter_mut().try_for_each(|(name, value)| {
            let slot = slots.and_then(|slots| slots.get(name.node.as_str()));
            self.value(value.pos, &mut value.node, slot.map(|slot| &slot.ty))
        })
    }

    /// The value at a position; that of a value within another is not known, but the order of its numbers.
    fn value<V: Written>(&self, at: Pos, value: &mut V, ty: Option<&Type>) -> Result<(), Violation> {
        let Some(numbers) = self.numbers.get(&(at.line, at.column)) else { return Ok(()) };
        let restored = self.restore(value, ty, &mut numbers.iter().map(String::as_str));
        restored.map_err(|message| violation(Code::BadUserInput, message.to_owned(), at))
    }

    fn restore<'n, V: Written>(
        &self,
        value: &mut V,
        ty: Option<&Type>,
        numbers: &mut impl Iterator<Item = &'n str>,
    ) -> Result<(), &'static str> {
        let item = |ty: &'_ Type| match &ty.base {
            BaseType::List(item) => Some((**item).clone()),
            BaseType::Named(_) => None,
        };
        let known = ty.and_then(|ty| self.types.get(named(ty)));
        match value.parts() {
            Parts::Number(number) => {
                let Some(text) = numbers.next() else { return Ok(()) };
                let scalar = match known {
                    Some(Known::Scalar(scalar)) => scalar.name,
                    _ => "",
                };
                match (scalar, text.parse::<Number>()) {
                    ("JSON", Ok(read)) if read.to_string() == text => {}
                    ("JSON", _) => *value = V::json(text),
                    ("Int" | "BigInt" | "ID", _) if text == "-0" => *number = Number::from(0),
                    (_, Ok(_)) => {}
                    (_, Err(_)) => return Err("This number is too large."),
                }
                Ok(())
            }
            Parts::List(items) => {
                let of_items = ty.and_then(item);
                let of_items = of_items.as_ref().or(ty);
                items.iter_mut().try_for_each(|value| self.restore(value, of_items, numbers))
            }
            Parts::Object(fields) => fields.iter_mut().try_for_each(|(name, value)| {
                let ty = match known {
                    Some(Known::Input(input)) => input.fields.get(name.as_str()).map(|slot| &slot.ty),
                    Some(Known::Scalar(_)) => ty,
                    _ => None,
                };
                self.restore(value, ty, numbers)
            }),
            Parts::Other => Ok(()),
        }
    }
}

/// What a value of a document consists of.
enum Parts<'a, V> {
    Number(&'a mut Number),
    List(&'a mut Vec<V>),
    Object(&'a mut IndexMap<Name, V>),
    Other,
}

/// A value of a document, with variables in it or without.
trait Written: Sized {
    fn parts(&mut self) -> Parts<'_, Self>;
    /// A value that is JSON already.
    fn json(text: &str) -> Self;
}

/// Implements [`Written`].
macro_rules! written {
    ($value:ident) => {
        impl Written for $value {
            fn parts(&mut self) -> Parts<'_, Self> {
                match self {
                    Self::Number(number) => Parts::Number(number),
                    Self::List(items) => Parts::List(items),
                    Self::Object(fields) => Parts::Object(fields),
                    _ => Parts::Other,
                }
            }

            fn json(text: &str) -> Self {
                Self::Binary(text.as_bytes().to_vec().into())
            }
        }
    };
}

written!(Literal);
written!(ConstValue);
