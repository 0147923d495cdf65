//! From the JSON of a request's variables to values of their types.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, OperationDefinition, Type};
use async_graphql::{Name, Number, Value as ConstValue, Variables};
use json_text::{Cursor, Decimal, Kind, LoneSurrogate, Text};

use super::types::{Input, Known, Types};
use super::values::{Misfit, repeated};
use super::violation;
use crate::{Code, Violation};

impl Types {
    /// The values of an operation's variables, from a JSON object. Whether they fit is another question, but only their
    /// types say what they are: JSON stays the text that it is, and a whole number is an integer however it is written.
    /// What the operation does not declare is passed over. Recurses as deep as the object is nested.
    ///
    /// # Errors
    ///
    /// `BadUserInput` for the first value that has no meaning.
    pub fn read_variables(&self, operation: &OperationDefinition, given: Text<'_>) -> Result<Variables, Violation> {
        let mut variables = Variables::default();
        let mut cursor = Cursor::new(given);
        if cursor.kind() != Kind::Object {
            return Ok(variables);
        }
        cursor.enter();
        while let Some(key) = cursor.member() {
            let mut declared = operation.variable_definitions.iter();
            let definition = key
                .string()
                .and_then(Result::ok)
                .and_then(|key| declared.find(|definition| definition.node.name.node.as_str() == key));
            let Some(definition) = definition else {
                cursor.value();
                continue;
            };
            let name = &definition.node.name.node;
            let value = self.read_value(&mut cursor, Some(&definition.node.var_type.node)).and_then(|value| {
                match variables.insert(name.clone(), value) {
                    Some(_) => Err(repeated()),
                    None => Ok(()),
                }
            });
            value.map_err(|misfit| violation(Code::BadUserInput, misfit.told(&format!("${name}")), definition.pos))?;
        }
        Ok(variables)
    }

    /// The value that comes next, as far as its type says what it is.
    fn read_value(&self, cursor: &mut Cursor<'_>, ty: Option<&Type>) -> Result<ConstValue, Misfit> {
        let item = ty.and_then(|ty| match &ty.base {
            BaseType::List(item) => Some(&**item),
            BaseType::Named(_) => None,
        });
        match (cursor.kind(), item) {
            (Kind::Array, Some(item)) => self.read_list(cursor, Some(item)),
            // A single value stands for a list of it.
            (_, Some(item)) => self.read_value(cursor, Some(item)),
            (Kind::Null, None) => {
                cursor.value();
                Ok(ConstValue::Null)
            }
            (kind, None) => match ty.and_then(|ty| self.get(super::types::named(ty))) {
                Some(Known::Scalar(scalar)) if scalar.name == "JSON" => read_json(cursor.value()),
                Some(Known::Scalar(scalar)) if kind == Kind::Number => {
                    read_number(cursor.value(), matches!(scalar.name, "Int" | "BigInt" | "ID"))
                }
                Some(Known::Input(input)) if kind == Kind::Object => self.read_object(cursor, Some(input)),
                _ => self.read_plain(cursor, kind),
            },
        }
    }

    /// A value that its type says nothing about.
    fn read_plain(&self, cursor: &mut Cursor<'_>, kind: Kind) -> Result<ConstValue, Misfit> {
        match kind {
            Kind::Array => self.read_list(cursor, None),
            Kind::Object => self.read_object(cursor, None),
            Kind::Null => {
                cursor.value();
                Ok(ConstValue::Null)
            }
            Kind::Boolean => Ok(ConstValue::Boolean(cursor.value().as_str() == "true")),
            Kind::Number => read_number(cursor.value(), false),
            Kind::String => match cursor.value().string() {
                Some(Ok(text)) => Ok(ConstValue::String(text.into_owned())),
                Some(Err(LoneSurrogate)) | None => Err(lone_surrogate()),
            },
        }
    }

    fn read_list(&self, cursor: &mut Cursor<'_>, item: Option<&Type>) -> Result<ConstValue, Misfit> {
        cursor.enter();
        let mut items = Vec::new();
        while cursor.element() {
            let read = self.read_value(cursor, item);
            items.push(read.map_err(|misfit| misfit.within(format!("[{}]", items.len())))?);
        }
        Ok(ConstValue::List(items))
    }

    fn read_object(&self, cursor: &mut Cursor<'_>, input: Option<&Input>) -> Result<ConstValue, Misfit> {
        cursor.enter();
        let mut fields = IndexMap::new();
        while let Some(key) = cursor.member() {
            let key = key.string().and_then(Result::ok).ok_or_else(lone_surrogate)?;
            let ty = input.and_then(|input| input.fields.get(&*key)).map(|slot| &slot.ty);
            let within = |misfit: Misfit| misfit.within(format!(".{}", super::values::short(&key)));
            let value = self.read_value(cursor, ty).map_err(within)?;
            if fields.insert(Name::new(&key), value).is_some() {
                return Err(within(repeated()));
            }
        }
        Ok(ConstValue::Object(fields))
    }
}

/// The text stays, once it is known that it stands for a value.
fn read_json(text: Text<'_>) -> Result<ConstValue, Misfit> {
    match text.check_strings() {
        Ok(()) => Ok(ConstValue::Binary(text.as_str().as_bytes().to_vec().into())),
        Err(path) => Err(path.into_iter().fold(lone_surrogate(), Misfit::within)),
    }
}

/// A number; a whole one that is wanted as an integer is one, as far as the library can hold it.
fn read_number(text: Text<'_>, as_integer: bool) -> Result<ConstValue, Misfit> {
    let decimal = Decimal::of(text.as_str());
    // As an integer, `-0` would lose its sign.
    let integer = if as_integer {
        decimal.integer()
    } else {
        Some(text.as_str()).filter(|text| *text != "-0").and_then(|text| text.parse().ok())
    };
    let number = integer
        .and_then(|integer| {
            let signed = i64::try_from(integer).ok().map(Number::from);
            signed.or_else(|| u64::try_from(integer).ok().map(Number::from))
        })
        .or_else(|| decimal.to_f64().and_then(Number::from_f64));
    number.map(ConstValue::Number).ok_or_else(|| Misfit::value("The number is too large."))
}

fn lone_surrogate() -> Misfit {
    Misfit::value(format!("It {}", LoneSurrogate::MESSAGE))
}
