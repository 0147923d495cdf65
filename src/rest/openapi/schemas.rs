//! What bodies are made of.

use std::collections::BTreeSet;

use serde_json::json;
use utoipa::openapi::schema::{
    AdditionalProperties, Array, ArrayBuilder, Discriminator, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Schema,
    SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};

use crate::rest::definitions::Field;
use crate::rest::input::{InputMember, member};
use crate::rest::model::{Attribute, Model, REST, ResourceType, Value, told};
use crate::rest::names::snake;
use crate::rest::resource::Action;

/// All schemas, by their names.
pub(super) fn all(model: &Model) -> Vec<(String, RefOr<Schema>)> {
    let mut all = vec![
        ("errors".to_owned(), errors()),
        ("problems".to_owned(), problems()),
        ("jsonapi".to_owned(), jsonapi()),
        ("link".to_owned(), link()),
    ];
    for ty in model.types() {
        let name = ty.resource.name;
        all.push((name.to_owned(), resource(model, ty)));
        all.push((format!("{name}_identity"), identified(name).build().into()));
        let included = included(model, ty);
        all.push((
            format!("{name}_document"),
            document(Ref::from_schema_name(name).into(), included.clone(), Told::Nothing),
        ));
        let rows = ArrayBuilder::new().items(Ref::from_schema_name(name)).build();
        all.push((format!("{name}_list"), document(rows.into(), included.clone(), Told::Page)));
        for action in ty.resource.writes.iter().flat_map(|writes| writes.actions) {
            let told = told_by(model, action);
            if !told.is_empty() {
                let row = Ref::from_schema_name(name).into();
                all.push((of_answer(model, ty, action), document(row, included.clone(), Told::Fields(model, &told))));
            }
        }
        if ty.resource.writes.is_some() {
            writes(model, ty, &mut all);
        }
    }
    all
}

/// The schema of the body of an action.
pub(super) fn of_action(ty: &ResourceType, action: &Action) -> String {
    format!("{}_{}", ty.resource.name, action.path.replace('-', "_"))
}

/// The schema of the answer to an action: that of a row, unless the action tells more.
pub(super) fn of_answer(model: &Model, ty: &ResourceType, action: &Action) -> String {
    let of = if told_by(model, action).is_empty() { ty.resource.name.to_owned() } else { of_action(ty, action) };
    format!("{of}_document")
}

/// What an action tells besides the row.
fn told_by<'m>(model: &'m Model, action: &Action) -> Vec<&'m Field> {
    let payload = model.mutation(action.mutation).map_or(&[][..], |(_, payload)| payload);
    told(model.definitions(), payload).collect()
}

/// A text.
pub(super) fn text() -> Object {
    ObjectBuilder::new().schema_type(Type::String).build()
}

/// One of these texts.
fn one_of(values: impl IntoIterator<Item = String>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values)).build()
}

/// A value of a scalar or an enum of the schema.
pub(super) fn scalar(model: &Model, ty: &str) -> Object {
    if let Some(values) = model.definitions().values(ty) {
        return one_of(values.iter().map(|value| snake(value)));
    }
    let (schema_type, format) = match ty {
        "Int" => (SchemaType::new(Type::Integer), Some(KnownFormat::Int32)),
        "BigInt" => (SchemaType::new(Type::Integer), Some(KnownFormat::Int64)),
        "Float" => (SchemaType::new(Type::Number), Some(KnownFormat::Double)),
        "Boolean" => (SchemaType::new(Type::Boolean), None),
        "DateTime" => (SchemaType::new(Type::String), Some(KnownFormat::DateTime)),
        "Date" => (SchemaType::new(Type::String), Some(KnownFormat::Date)),
        "JSON" => (SchemaType::AnyValue, None),
        _ => (SchemaType::new(Type::String), None),
    };
    ObjectBuilder::new().schema_type(schema_type).format(format.map(SchemaFormat::KnownFormat)).build()
}

/// The same, which may be null.
fn or_null(mut object: Object, nullable: bool) -> Object {
    if let (true, SchemaType::Type(one)) = (nullable, &object.schema_type) {
        object.schema_type = SchemaType::from_iter([one.clone(), Type::Null]);
        if let Some(values) = &mut object.enum_values {
            values.push(serde_json::Value::Null);
        }
    }
    object
}

fn listed(items: Object, nullable: bool) -> Array {
    let list = if nullable { SchemaType::from_iter([Type::Array, Type::Null]) } else { SchemaType::new(Type::Array) };
    ArrayBuilder::new().schema_type(list).items(items).build()
}

/// A value, or a list of values.
fn value(model: &Model, ty: &str, list: bool, nullable: bool) -> Schema {
    let one = scalar(model, ty);
    if list { listed(one, nullable).into() } else { or_null(one, nullable).into() }
}

fn described(schema: impl Into<Schema>, description: &str) -> RefOr<Schema> {
    let description = Some(description.to_owned()).filter(|text| !text.is_empty());
    let mut schema = schema.into();
    match &mut schema {
        Schema::Object(object) => object.description = description,
        Schema::Array(array) => array.description = description,
        _ => {}
    }
    RefOr::T(schema)
}

fn attribute(model: &Model, attribute: &Attribute) -> RefOr<Schema> {
    let Attribute { nullable, description, .. } = attribute;
    // What the role may not read is left out; what a newer program has written is null.
    let schema = match &attribute.value {
        Value::Plain(scalar_type, list) => value(model, scalar_type, *list, *nullable),
        Value::Enum(values) => value(model, values, false, *nullable),
        // Whatever is stored is answered.
        Value::Object(_) => ObjectBuilder::new().schema_type(SchemaType::AnyValue).build().into(),
    };
    described(schema, description)
}

fn resource(model: &Model, ty: &ResourceType) -> RefOr<Schema> {
    let mut attributes = ObjectBuilder::new();
    for each in &ty.attributes {
        attributes = attributes.property(&each.name, attribute(model, each));
    }
    let mut relationships = ObjectBuilder::new();
    for each in &ty.relationships {
        let target = model.types().get(each.target).map(|target| target.resource.name).unwrap_or_default();
        relationships =
            relationships.property(&each.name, relationship(target, &each.description, each.nullable, true));
    }
    let object = identified(ty.resource.name)
        .property("attributes", attributes.build())
        .property("relationships", relationships.build())
        .property("links", ObjectBuilder::new().property("self", text()).required("self").build())
        .required("links");
    object.build().into()
}

fn identified(name: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .property("type", one_of([name.to_owned()]))
        .property("id", text())
        .required("type")
        .required("id")
}

fn relationship(target: &str, description: &str, nullable: bool, answered: bool) -> RefOr<Schema> {
    let identity = Ref::from_schema_name(format!("{target}_identity"));
    let data: RefOr<Schema> = if nullable {
        let null = ObjectBuilder::new().schema_type(Type::Null).build();
        RefOr::T(OneOfBuilder::new().item(identity).item(null).build().into())
    } else {
        identity.into()
    };
    let mut object = ObjectBuilder::new().property("data", data).required("data");
    if answered {
        object = object.property("links", ObjectBuilder::new().property("related", text()).build());
    }
    described(object.build(), description)
}

/// The types that may be included, one or two relationships away.
fn included(model: &Model, ty: &ResourceType) -> Option<RefOr<Schema>> {
    let next = |ty: &ResourceType| ty.relationships.iter().map(|it| it.target).collect::<BTreeSet<_>>();
    let mut targets = next(ty);
    for target in next(ty) {
        targets.extend(model.types().get(target).map(next).unwrap_or_default());
    }
    let names = targets.into_iter().filter_map(|target| model.types().get(target)).map(|ty| ty.resource.name);
    let names: Vec<_> = names.collect();
    if names.is_empty() {
        return None;
    }
    let mapping = names.iter().map(|name| (*name, format!("#/components/schemas/{name}")));
    let mut items = OneOfBuilder::new().discriminator(Some(Discriminator::with_mapping("type", mapping)));
    for name in &names {
        items = items.item(Ref::from_schema_name(*name));
    }
    Some(ArrayBuilder::new().items(items).build().into())
}

/// What `meta` has for the rows of a document.
#[derive(Clone, Copy)]
enum Told<'a> {
    Nothing,
    /// How many there are.
    Page,
    /// These fields of a payload.
    Fields(&'a Model, &'a [&'a Field]),
}

fn document(data: RefOr<Schema>, included: Option<RefOr<Schema>>, told: Told<'_>) -> RefOr<Schema> {
    let count = || ObjectBuilder::new().schema_type(Type::Integer).build();
    let mut links = ObjectBuilder::new().property("self", text());
    let mut meta = ObjectBuilder::new();
    if let Told::Fields(model, fields) = told {
        for field in fields {
            let schema = value(model, &field.ty, field.list, field.nullable);
            meta = meta.property(snake(&field.name), described(schema, &field.description));
        }
    }
    if let Told::Page = told {
        for name in ["first", "prev", "next"] {
            links = links.property(name, Ref::from_schema_name("link"));
        }
        meta = meta.property("count", count()).property("total", count());
    }
    let omitted = ObjectBuilder::new()
        .description(Some("What the caller's role may not read, by resource type."))
        .additional_properties(Some(AdditionalProperties::RefOr(listed(text(), false).into())))
        .build();
    meta = meta.property("omitted", omitted).property("errors", Ref::from_schema_name("problems"));
    let mut object = ObjectBuilder::new().property("jsonapi", Ref::from_schema_name("jsonapi")).property("data", data);
    if let Some(included) = included {
        object = object.property("included", included);
    }
    object
        .property("links", links.build())
        .property("meta", meta.build())
        .required("jsonapi")
        .required("data")
        .build()
        .into()
}

fn jsonapi() -> RefOr<Schema> {
    ObjectBuilder::new().property("version", one_of(["1.1".to_owned()])).required("version").build().into()
}

fn link() -> RefOr<Schema> {
    or_null(text(), true).into()
}

fn errors() -> RefOr<Schema> {
    ObjectBuilder::new()
        .property("jsonapi", Ref::from_schema_name("jsonapi"))
        .property("errors", Ref::from_schema_name("problems"))
        .required("jsonapi")
        .required("errors")
        .build()
        .into()
}

/// What went wrong: in `errors` of all of it, in `meta` of a part.
fn problems() -> RefOr<Schema> {
    let source = ObjectBuilder::new()
        .description(Some("What of the request it is about: one of these."))
        .property("parameter", text())
        .property("pointer", text())
        .property("header", text())
        .build();
    let error = ObjectBuilder::new()
        .property("status", text())
        .property("code", text())
        .property("title", text())
        .property("detail", text())
        .property("source", source)
        .property("meta", ObjectBuilder::new().property("error_id", text()).build())
        .required("status")
        .required("code")
        .required("title")
        .required("detail")
        .build();
    ArrayBuilder::new().items(error).build().into()
}

/// The bodies that a type takes.
fn writes(model: &Model, ty: &ResourceType, all: &mut Vec<(String, RefOr<Schema>)>) {
    let Some(writes) = &ty.resource.writes else { return };
    let name = ty.resource.name;
    let input = |mutation: &str| model.mutation(mutation).map(|(input, _)| input.to_owned()).unwrap_or_default();
    let wrapped = |data: RefOr<Schema>| -> RefOr<Schema> {
        ObjectBuilder::new().property("data", data).required("data").build().into()
    };
    let new = written(model, ty, &[input(writes.create)], Written::New);
    all.push((format!("{name}_create"), wrapped(new)));
    if let Some((mutation, list)) = writes.create_many {
        let item = model.definitions().field(&input(mutation), list).map(|field| field.ty.clone()).unwrap_or_default();
        let item = written(model, ty, &[item], Written::New);
        let items = ArrayBuilder::new().items(item).min_items(Some(1)).max_items(Some(1_000)).build();
        all.push((format!("{name}_create_many"), wrapped(items.into())));
    }
    let mut inputs = vec![input(writes.update)];
    inputs.extend(writes.transitions.iter().filter_map(|transition| transition.mutation).map(input));
    let states = writes.transitions.iter().filter(|transition| transition.mutation.is_some());
    let states: Vec<_> = states.map(|transition| (transition.attribute, transition.value)).collect();
    all.push((format!("{name}_update"), wrapped(written(model, ty, &inputs, Written::Changes(&states)))));
    for action in writes.actions {
        let body = written(model, ty, &[input(action.mutation)], Written::Action);
        all.push((of_action(ty, action), wrapped(body)));
    }
}

/// What a resource object is sent for.
#[derive(Clone, Copy)]
enum Written<'a> {
    /// A resource that is made.
    New,
    /// A change, which may be one of these values of attributes.
    Changes(&'a [(&'a str, &'a str)]),
    /// Something else that is done to a resource.
    Action,
}

fn written(model: &Model, ty: &ResourceType, inputs: &[String], how: Written<'_>) -> RefOr<Schema> {
    let name = ty.resource.name;
    let (mut attributes, mut relationships) = (ObjectBuilder::new(), ObjectBuilder::new());
    let (mut wants_attributes, mut wants_relationships, mut has_relationships) = (false, false, false);
    let mut seen = BTreeSet::new();
    for field in inputs.iter().flat_map(|input| model.definitions().fields(input)) {
        if !seen.insert(field.name.as_str()) {
            continue;
        }
        // A field that one of several mutations needs need not be there for the others.
        let required = !field.nullable && !field.has_default && inputs.len() == 1;
        match member(ty, field) {
            Some(InputMember::Attribute(name)) => {
                attributes = attributes.property(&name, input_value(model, field));
                if required {
                    attributes = attributes.required(name);
                    wants_attributes = true;
                }
            }
            Some(InputMember::Relationship(index)) => {
                let Some(of) = ty.relationships.get(index) else { continue };
                let target = model.types().get(of.target).map(|target| target.resource.name).unwrap_or_default();
                relationships =
                    relationships.property(&of.name, relationship(target, &field.description, field.nullable, false));
                has_relationships = true;
                if required {
                    relationships = relationships.required(&of.name);
                    wants_relationships = true;
                }
            }
            None => {}
        }
    }
    if let Written::Changes(states) = how
        && let Some((attribute, _)) = states.first()
    {
        attributes = attributes.property(*attribute, one_of(states.iter().map(|(_, value)| (*value).to_owned())));
    }
    let mut object = ObjectBuilder::new().property("type", one_of([name.to_owned()])).required("type");
    object = match how {
        Written::New => object,
        Written::Changes(_) => object.property("id", text()).required("id"),
        Written::Action => object.property("id", text()),
    };
    object = object.property("attributes", attributes.build());
    if wants_attributes {
        object = object.required("attributes");
    }
    if has_relationships {
        object = object.property("relationships", relationships.build());
    }
    if wants_relationships {
        object = object.required("relationships");
    }
    object.build().into()
}

fn input_value(model: &Model, field: &Field) -> RefOr<Schema> {
    let Field { description, nullable, .. } = field;
    if model.definitions().is_composite(&field.ty) {
        let mut object = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(true)));
        for known in model.definitions().fields(&field.ty).iter().filter(|known| known.name != REST) {
            object = object.property(snake(&known.name), RefOr::T(value(model, &known.ty, known.list, true)));
        }
        return described(or_null(object.build(), *nullable), description);
    }
    let mut schema = value(model, &field.ty, field.list, *nullable);
    if let ("JSON", Schema::Object(object)) = (field.ty.as_str(), &mut schema) {
        object.example = Some(json!({ "records_synced": 5 }));
    }
    described(schema, description)
}
