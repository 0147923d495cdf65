//! Reading: the parameters of a list or of one row, as a query document and its variables.

use serde_json::{Map, Value, json};

use super::call::{Call, Caller, Layout, Page, Style};
use super::filter::FilterInput;
use super::model::{Model, ResourceType};
use super::names::screaming;
use super::names::snake;
use super::origins::Origins;
use super::parameters::{self, Parameter};
use super::problem::{Problem, Source};
use super::resource::Roots;
use super::selection::{Fieldsets, Included, Selecting, Selection};
use crate::page::{DEFAULT_SIZE, MAX_PAGE_SIZE};

/// What the parameters of any request say of the resources in its answer.
#[derive(Debug, Default)]
pub(super) struct Shape {
    included: Included,
    fieldsets: Fieldsets,
}

impl Shape {
    /// Reads a parameter, if it is about the resources of the answer.
    pub fn read(&mut self, model: &Model, ty: usize, parameter: &Parameter<'_>) -> Result<bool, Problem> {
        match (parameter.family.as_str(), parameter.path.as_slice()) {
            ("include", []) => {
                for path in parameter.elements()? {
                    self.included.add(model, ty, path, &parameter.name)?;
                }
            }
            ("fields", [name]) => {
                let Some((index, of)) = model.named(name) else {
                    return Err(Problem::parameter(&parameter.name, format!("There is no resource type `{name}`.")));
                };
                let fields = self.fieldsets.entry(index).or_default();
                for field in parameter.elements()? {
                    if of.attribute(field).is_none() && of.relationship(field).is_none() {
                        let message = format!("`{name}` has no attribute or relationship `{field}`.");
                        return Err(Problem::parameter(&parameter.name, message));
                    }
                    fields.push(field.to_owned());
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What is read of rows of a type, and what not for want of permission.
    pub fn select(&self, model: &Model, ty: usize, caller: &Caller<'_>) -> (Selection, super::selection::Omitted) {
        let omitted = super::selection::Omitted::new();
        let mut selecting = Selecting { model, role: caller.role, fieldsets: &self.fieldsets, omitted };
        let selection = selecting.select(ty, &self.included);
        (selection, selecting.omitted)
    }
}

/// A parameter that two spellings share.
#[derive(Debug, Default)]
struct Once(Option<(String, String)>);

impl Once {
    fn set(&mut self, parameter: &Parameter<'_>) -> Result<(), Problem> {
        if let Some((name, value)) = &self.0
            && *value != parameter.value
        {
            let message = if *name == parameter.name {
                format!("`{name}` is given twice, and differs.")
            } else {
                format!("`{name}` and `{}` are the same, and differ.", parameter.name)
            };
            return Err(Problem::parameter(&parameter.name, message));
        }
        self.0 = Some((parameter.name.clone().into_owned(), parameter.value.clone().into_owned()));
        Ok(())
    }

    fn value(&self) -> Option<&str> {
        self.0.as_ref().map(|(_, value)| value.as_str())
    }
}

/// What a list is asked for besides.
#[derive(Debug, Default)]
struct ListArguments {
    size: Once,
    after: Once,
    before: Once,
    total: Once,
    filter: FilterInput,
    order: Vec<Value>,
}

impl ListArguments {
    fn read(&mut self, model: &Model, ty: &ResourceType, parameter: &Parameter<'_>) -> Result<(), Problem> {
        let path: Vec<&str> = parameter.path.iter().map(String::as_str).collect();
        match (parameter.family.as_str(), path.as_slice()) {
            ("limit", []) | ("page", ["size"]) => self.size.set(parameter),
            ("meta" | "page", ["total"]) => self.total.set(parameter),
            _ if !ty.has_pages() => Err(parameters::unknown(&parameter.name)),
            ("cursor", []) | ("page", ["after"]) => self.after.set(parameter),
            ("page", ["before"]) => self.before.set(parameter),
            ("filter", _) => self.filter.add(model, ty, parameter),
            ("sort", []) => self.sort(model, ty, parameter),
            _ => Err(parameters::unknown(&parameter.name)),
        }
    }

    fn sort(&mut self, model: &Model, ty: &ResourceType, parameter: &Parameter<'_>) -> Result<(), Problem> {
        let known = ty.order.as_deref().and_then(|order| model.definitions().values(order)).unwrap_or_default();
        for element in parameter.elements()? {
            let (name, direction) = element.strip_prefix('-').map_or((element, "ASC"), |name| (name, "DESC"));
            let field = screaming(name).filter(|field| known.contains(field)).ok_or_else(|| {
                let known: Vec<_> = known.iter().map(|field| snake(field)).collect();
                let message = format!("There is no order by `{name}`. There is `{}`.", known.join("`, `"));
                Problem::parameter(&parameter.name, message)
            })?;
            self.order.push(json!({ "field": field, "direction": direction }));
        }
        Ok(())
    }

    fn size(&self) -> Result<usize, Problem> {
        let Some((name, value)) = &self.size.0 else { return Ok(DEFAULT_SIZE) };
        let size = value.parse().ok().filter(|size| (1..=MAX_PAGE_SIZE).contains(size));
        size.ok_or_else(|| Problem::parameter(name, format!("`{name}` must be from 1 to {MAX_PAGE_SIZE}.")))
    }

    fn total(&self) -> Result<bool, Problem> {
        let Some((name, value)) = &self.total.0 else { return Ok(false) };
        value.parse().map_err(|_| Problem::parameter(name, format!("`{name}` must be `true` or `false`.")))
    }
}

/// The rows of a list.
///
/// # Errors
/// The first parameter that cannot be used.
pub fn list(model: &Model, ty: usize, caller: &Caller<'_>) -> Result<Call, Problem> {
    let of = model.types().get(ty).ok_or_else(Problem::not_found)?;
    let read = parameters::read(caller.query)?;
    let (mut shape, mut arguments) = (Shape::default(), ListArguments::default());
    for parameter in &read {
        if !shape.read(model, ty, parameter)? {
            arguments.read(model, of, parameter)?;
        }
    }
    let (selection, omitted) = shape.select(model, ty, caller);
    let (size, total) = (arguments.size()?, arguments.total()?);
    let name = format!("rest_{}_list", of.resource.path.replace('-', "_"));
    let many = match of.resource.roots {
        Roots::Connection { many, .. } => many,
        Roots::Own(own) => {
            let mut document = format!("query {name}{{{own}");
            selection.write(model, &mut document);
            document.push('}');
            return Ok(Call::new(document, "{}".to_owned(), Layout::own(own, selection, omitted, total)));
        }
    };
    let mut origins = Origins::default();
    let mut variables = Map::new();
    for (once, variable) in [(&arguments.after, "after"), (&arguments.before, "before")] {
        if let Some((name, value)) = &once.0 {
            origins.parameter(format!("${variable}"), name);
            variables.insert(variable.to_owned(), value.as_str().into());
        }
    }
    let backwards = arguments.before.value().is_some();
    variables.insert(if backwards { "last" } else { "first" }.to_owned(), size.into());
    if let Some(filter) = arguments.filter.value(model, &mut origins)? {
        variables.insert("filter".to_owned(), filter);
    }
    if !arguments.order.is_empty() {
        variables.insert("orderBy".to_owned(), arguments.order.into());
    }
    let object = of.resource.object;
    let mut document = format!(
        "query {name}($first:Int,$after:String,$last:Int,$before:String,$filter:{object}Filter,\
         $orderBy:[{object}Order!]){{{many}(first:$first,after:$after,last:$last,before:$before,filter:$filter,\
         orderBy:$orderBy){{nodes"
    );
    selection.write(model, &mut document);
    document.push_str(" pageInfo{hasNextPage hasPreviousPage startCursor endCursor}");
    document.push_str(if total { " totalCount}}" } else { "}}" });
    let page = Page {
        total,
        style: if read.iter().any(|parameter| parameter.family == "cursor" || parameter.family == "limit") {
            Style::Flat
        } else {
            Style::Bracketed
        },
        others: read
            .iter()
            .filter(|it| !is_cursor(it))
            .map(|it| (it.name.clone().into_owned(), it.value.clone().into_owned()))
            .collect(),
    };
    let cursor = arguments.after.0.or(arguments.before.0).map(|(name, _)| Source::Parameter(name));
    let call = Call::new(document, Value::Object(variables).to_string(), Layout::page(many, selection, omitted, page));
    Ok(Call { origins, cursor, ..call })
}

/// Whether a parameter says where in the list the page is.
fn is_cursor(parameter: &Parameter<'_>) -> bool {
    match parameter.family.as_str() {
        "cursor" => true,
        "page" => parameter.path.first().is_some_and(|step| step == "after" || step == "before"),
        _ => false,
    }
}

/// One row by its id.
///
/// # Errors
/// The first parameter that cannot be used.
pub fn retrieve(model: &Model, ty: usize, id: &str, caller: &Caller<'_>) -> Result<Call, Problem> {
    let of = model.types().get(ty).ok_or_else(Problem::not_found)?;
    let mut shape = Shape::default();
    for parameter in &parameters::read(caller.query)? {
        if !shape.read(model, ty, parameter)? {
            return Err(parameters::unknown(&parameter.name));
        }
    }
    let (mut selection, omitted) = shape.select(model, ty, caller);
    selection.stamped = true;
    let (root, fragment) = match of.resource.roots {
        Roots::Connection { one, .. } => (one, false),
        Roots::Own(_) => ("node", true),
    };
    let mut document = format!("query rest_{}_retrieve($id:ID!){{{root}(id:$id)", of.resource.path.replace('-', "_"));
    if fragment {
        document.push_str("{...on ");
        document.push_str(of.resource.object);
    }
    selection.write(model, &mut document);
    document.push_str(if fragment { "}}" } else { "}" });
    Ok(Call::new(document, json!({ "id": id }).to_string(), Layout::one(root, selection, omitted)))
}
