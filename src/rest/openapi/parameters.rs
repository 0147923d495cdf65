//! The parameters, each by itself: generators of clients get deep objects wrong.

use serde_json::json;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, Required};

use super::schemas::{scalar, text};
use crate::page::{DEFAULT_SIZE, MAX_PAGE_SIZE};
use crate::rest::model::{Model, ResourceType};
use crate::rest::names::snake;

/// The row's id in the address.
pub(super) fn id() -> Parameter {
    named("id", "The resource's id.", text()).parameter_in(ParameterIn::Path).required(Required::True).build()
}

/// The workspace that the request acts in.
pub(super) fn workspace() -> Parameter {
    let description =
        "The workspace that the request acts in, by its id or its external id; else the caller's usual one.";
    named("X-Workspace-Id", description, text()).parameter_in(ParameterIn::Header).build()
}

/// The state in which a row is changed.
pub(super) fn condition() -> Parameter {
    let description = "The `ETag` of the resource as it was read: it is changed only if nobody has changed it since.";
    named("If-Match", description, text()).parameter_in(ParameterIn::Header).build()
}

/// The answer that the client has.
pub(super) fn known() -> Parameter {
    let description = "The `ETag` of an answer that the client has: it is not sent again while it is still true (304).";
    named("If-None-Match", description, text()).parameter_in(ParameterIn::Header).build()
}

/// What makes a repeated request harmless.
pub(super) fn idempotency() -> Parameter {
    let description =
        "A text of up to 255 characters: the same request with the same key within 24 hours is done once.";
    named("Idempotency-Key", description, text()).parameter_in(ParameterIn::Header).build()
}

/// What says which resources and members the answer has.
pub(super) fn of_answer(model: &Model, ty: &ResourceType) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    if !ty.relationships.is_empty() {
        let description = format!(
            "Relationships whose resources are in the answer, up to two deep, as `a.b`. Here: `{}`.",
            ty.relationships.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join("`, `")
        );
        parameters.push(list("include", &description, text()));
    }
    for of in model.types() {
        let members = of.attributes.iter().map(|it| &it.name).chain(of.relationships.iter().map(|it| &it.name));
        let members = members.cloned().map(serde_json::Value::from);
        let items = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(members)).build();
        let name = of.resource.name;
        parameters.push(list(&format!("fields[{name}]"), &format!("The members of resources `{name}`."), items));
    }
    parameters
}

/// What narrows, orders and pages a list.
pub(super) fn of_list(model: &Model, ty: &ResourceType) -> Vec<Parameter> {
    let size = || {
        let size = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
        size.maximum(i32::try_from(MAX_PAGE_SIZE).ok())
    };
    let flag = || ObjectBuilder::new().schema_type(Type::Boolean).build();
    let mut parameters = vec![
        named("limit", "How many rows a page has.", size().default(Some(json!(DEFAULT_SIZE))).build()).build(),
        // A default would be sent by tools that fill it in, beside another `limit`.
        named("page[size]", "The same as `limit`.", size().build()).build(),
        named("meta[total]", "Whether `meta.total` says how many rows pass the filter.", flag()).build(),
        named("page[total]", "The same as `meta[total]`.", flag()).build(),
    ];
    if !ty.has_pages() {
        return parameters;
    }
    parameters.extend([
        named("cursor", "The page begins behind this place in the list. Follow `links.next` instead.", text()).build(),
        named("page[after]", "The same as `cursor`.", text()).build(),
        named("page[before]", "The page ends before this place in the list. Follow `links.prev` instead.", text())
            .build(),
    ]);
    let definitions = model.definitions();
    if let Some(orders) = ty.order.as_deref().and_then(|order| definitions.values(order)) {
        let orders = orders.iter().flat_map(|order| [snake(order), format!("-{}", snake(order))]);
        let items = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(orders)).build();
        parameters.push(list("sort", "The order, `-` for the largest or latest first. Up to three.", items));
    }
    let filter = ty.filter.as_deref().unwrap_or_default();
    for field in definitions.fields(filter) {
        if field.ty == filter {
            continue;
        }
        let name = ty.resource.filter_name(&field.name);
        for operator in definitions.fields(&field.ty) {
            let (value, description) = (scalar(model, &operator.ty), &operator.description);
            if operator.name == "eq" {
                let shorthand = format!("filter[{name}]");
                let splits = operator.ty == "ID" || definitions.values(&operator.ty).is_some();
                parameters.push(if splits && definitions.field(&field.ty, "in").is_some() {
                    list(&shorthand, &field.description, value.clone())
                } else {
                    named(&shorthand, &field.description, value.clone()).build()
                });
            }
            let operated = format!("filter[{name}][{}]", snake(&operator.name));
            parameters.push(if operator.list {
                list(&operated, description, value)
            } else {
                named(&operated, description, value).build()
            });
        }
    }
    parameters
}

fn named(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
}

/// A list, which commas separate.
fn list(name: &str, description: &str, items: Object) -> Parameter {
    named(name, description, ArrayBuilder::new().items(items).build())
        .style(Some(ParameterStyle::Form))
        .explode(Some(false))
        .build()
}
