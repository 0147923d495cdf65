//! Filters: parameters such as `filter[created_at][gte]` as the filter of a list.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::definitions::Field;
use super::model::{Model, ResourceType};
use super::names::{camel, screaming, snake};
use super::origins::Origins;
use super::parameters::Parameter;
use super::problem::Problem;

/// A filter, as far as it was read.
#[derive(Debug, Default)]
pub struct FilterInput(BTreeMap<String, Node>);

/// Where the values of a parameter stand that names no operator.
const WITHOUT_OPERATOR: &str = "";

#[derive(Debug)]
enum Node {
    Fields(BTreeMap<String, Node>),
    /// By the numbers that the client gives them.
    List(BTreeMap<u32, BTreeMap<String, Node>>),
    Operand {
        parameter: String,
        values: Vec<String>,
        of: Operand,
    },
}

/// What an operator compares with.
#[derive(Clone, Debug)]
struct Operand {
    /// The name of its type.
    ty: String,
    list: bool,
}

impl FilterInput {
    /// Adds what a parameter demands.
    ///
    /// # Errors
    /// When there is no such field or operator, or its value can be none.
    pub fn add(&mut self, model: &Model, ty: &ResourceType, parameter: &Parameter<'_>) -> Result<(), Problem> {
        let filter = ty.filter.as_deref().ok_or_else(|| super::parameters::unknown(&parameter.name))?;
        let mut place = Place { model, ty, filter, parameter };
        place.add(&mut self.0, &parameter.path)
    }

    /// The filter as the value of a variable, if there is any.
    ///
    /// # Errors
    /// When an operand is a value that its enum lacks, or one where several are given.
    pub fn value(&self, model: &Model, origins: &mut Origins) -> Result<Option<Value>, Problem> {
        if self.0.is_empty() {
            return Ok(None);
        }
        fields(&self.0, model, "$filter", origins).map(Some)
    }
}

/// Where a parameter leads in a filter.
struct Place<'a> {
    model: &'a Model,
    ty: &'a ResourceType,
    filter: &'a str,
    parameter: &'a Parameter<'a>,
}

impl Place<'_> {
    fn add(&mut self, level: &mut BTreeMap<String, Node>, path: &[String]) -> Result<(), Problem> {
        let (name, rest) = path.split_first().ok_or_else(|| self.wrong("Name a field: `filter[status]=error`."))?;
        let field = self.field(name)?;
        if field.ty == self.filter && field.list {
            let (index, rest) = rest.split_first().ok_or_else(|| self.unnumbered(name))?;
            let index = index.parse().map_err(|_| self.unnumbered(name))?;
            let Node::List(list) = level.entry(field.name.clone()).or_insert_with(|| Node::List(BTreeMap::new()))
            else {
                return Ok(());
            };
            return self.add(list.entry(index).or_default(), rest);
        }
        let fields = level.entry(field.name.clone()).or_insert_with(|| Node::Fields(BTreeMap::new()));
        let Node::Fields(fields) = fields else { return Ok(()) };
        if field.ty == self.filter {
            return self.add(fields, rest);
        }
        self.compare(fields, &field.ty, rest)
    }

    /// The field of the filter that goes by a name.
    fn field(&self, name: &str) -> Result<&Field, Problem> {
        let definitions = self.model.definitions();
        let resource = self.ty.resource;
        let found = resource.filter_field(name).and_then(|name| definitions.field(self.filter, &name));
        found.ok_or_else(|| {
            let fields = definitions.fields(self.filter);
            let known = fields.iter().map(|field| resource.filter_name(&field.name)).collect::<Vec<_>>();
            self.wrong(&format!("There is no filter `{name}`. There are `{}`.", known.join("`, `")))
        })
    }

    fn compare(&self, fields: &mut BTreeMap<String, Node>, filter: &str, rest: &[String]) -> Result<(), Problem> {
        let definitions = self.model.definitions();
        let operator = match rest {
            [] => "eq",
            [operator] => operator,
            _ => return Err(self.wrong("There is nothing behind the operator of a filter.")),
        };
        let field = camel(operator).and_then(|operator| definitions.field(filter, &operator)).ok_or_else(|| {
            let known = definitions.fields(filter).iter().map(|field| snake(&field.name)).collect::<Vec<_>>();
            self.wrong(&format!("There is no operator `{operator}` here. There are `{}`.", known.join("`, `")))
        })?;
        // Several values without an operator are a list.
        let several = rest.is_empty() && definitions.field(filter, "in").is_some();
        let splits = field.list || several && (field.ty == "ID" || definitions.values(&field.ty).is_some());
        let given: Vec<String> = if splits {
            self.parameter.elements()?.map(str::to_owned).collect()
        } else {
            vec![self.parameter.value.clone().into_owned()]
        };
        if rest.is_empty() && given.is_empty() {
            return Err(self.wrong(&format!("`{}` has no value.", self.parameter.name)));
        }
        let key = if rest.is_empty() { WITHOUT_OPERATOR } else { &field.name };
        let operand = fields.entry(key.to_owned()).or_insert_with(|| Node::Operand {
            parameter: self.parameter.name.clone().into_owned(),
            values: Vec::new(),
            of: Operand { ty: field.ty.clone(), list: field.list },
        });
        let Node::Operand { values, .. } = operand else { return Ok(()) };
        values.extend(given);
        if values.len() > 1 && !field.list && !several {
            return Err(self.wrong(&format!("`{}` must be given once.", self.parameter.name)));
        }
        Ok(())
    }

    fn unnumbered(&self, name: &str) -> Problem {
        self.wrong(&format!(
            "Number what `{name}` joins: `filter[{name}][0][status]=error&filter[{name}][1][provider]=linkedin`."
        ))
    }

    fn wrong(&self, message: &str) -> Problem {
        Problem::parameter(&self.parameter.name, message)
    }
}

fn fields(level: &BTreeMap<String, Node>, model: &Model, path: &str, origins: &mut Origins) -> Result<Value, Problem> {
    let mut out = Map::new();
    for (name, node) in level {
        let within = format!("{path}.{name}");
        let value = match node {
            Node::Fields(inner) => fields(inner, model, &within, origins)?,
            Node::List(list) => {
                let items = list.values().enumerate();
                let items = items.map(|(index, inner)| fields(inner, model, &format!("{within}[{index}]"), origins));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Node::Operand { parameter, values, of } => {
                let values = values.iter().map(|value| operand(value, model, of, parameter));
                let mut values = values.collect::<Result<Vec<_>, _>>()?;
                let (operator, value) = match name.as_str() {
                    WITHOUT_OPERATOR if values.len() == 1 => ("eq", values.pop().unwrap_or_default()),
                    WITHOUT_OPERATOR => ("in", Value::Array(values)),
                    operator if of.list => (operator, Value::Array(values)),
                    operator => (operator, values.pop().unwrap_or_default()),
                };
                origins.parameter(format!("{path}.{operator}"), parameter);
                if out.insert(operator.to_owned(), value).is_some() {
                    return Err(Problem::parameter(parameter, format!("`{parameter}` is there in two ways.")));
                }
                continue;
            }
        };
        out.insert(name.clone(), value);
    }
    Ok(Value::Object(out))
}

/// A value as its type is written. What cannot be one stays a text, which is refused where values are read.
fn operand(value: &str, model: &Model, of: &Operand, parameter: &str) -> Result<Value, Problem> {
    if let Some(values) = model.definitions().values(&of.ty) {
        return enumerated(value, values).map_err(|message| Problem::parameter(parameter, message));
    }
    Ok(match of.ty.as_str() {
        "Int" | "BigInt" => value.parse::<i64>().map_or_else(|_| value.into(), Value::from),
        "Boolean" => value.parse::<bool>().map_or_else(|_| value.into(), Value::from),
        _ => value.into(),
    })
}

/// A value of an enum as the schema writes it.
///
/// # Errors
/// Which values there are.
pub(super) fn enumerated(value: &str, values: &[String]) -> Result<Value, String> {
    let found = screaming(value).filter(|value| values.contains(value));
    found.map(Value::from).ok_or_else(|| {
        let known: Vec<_> = values.iter().map(|value| snake(value)).collect();
        format!("The value must be one of `{}`.", known.join("`, `"))
    })
}
