//! The reference of the REST API as a document of `OpenAPI` 3.1, from the same declarations as its routes.

mod parameters;
mod schemas;
mod shared;

use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter, PathItem, PathsBuilder};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::{ResponseBuilder, ResponsesBuilder};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ComponentsBuilder, Content, HeaderBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, Required,
};

use super::model::{Model, ResourceType};
use super::resource::{Action, Writes};
use parameters::{condition, id, idempotency, known, of_answer, of_list, workspace};

/// The type of every body.
const JSON_API: &str = "application/vnd.api+json";
/// The type of answers for those who accept nothing else.
const JSON: &str = "application/json";
/// How callers are known.
const BEARER: &str = "bearer";

/// The document, as JSON.
///
/// # Errors
/// When it cannot be written, which would be a defect.
pub fn document(model: &Model) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&describe(model))?;
    text.push('\n');
    Ok(text)
}

fn describe(model: &Model) -> OpenApi {
    let mut paths = PathsBuilder::new();
    let mut tags = Vec::new();
    for ty in model.types() {
        let described = model.definitions().get(ty.resource.object).map(|definition| definition.description.clone());
        tags.push(TagBuilder::new().name(ty.resource.name).description(described).build());
        for (path, item) in paths_of(model, ty) {
            paths = paths.path(path, item);
        }
    }
    let info = InfoBuilder::new()
        .title("Well ingestion")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The connectors of a company, their sync runs and the documents that passed through them, as resources of \
             JSON:API 1.1. The same rows are at `/graphql`, by the same rules.",
        ))
        .build();
    let mut openapi = OpenApiBuilder::new()
        .info(info)
        .paths(paths.build())
        .components(Some(components(model)))
        .tags(Some(tags))
        .security(Some([SecurityRequirement::new(BEARER, Vec::<String>::new())]))
        .build();
    shared::share(&mut openapi);
    openapi
}

fn components(model: &Model) -> Components {
    let mut components = ComponentsBuilder::new();
    for (name, schema) in schemas::all(model) {
        components = components.schema(name, schema);
    }
    let errors = ResponseBuilder::new()
        .description("Why the request was refused, or failed.")
        .content(JSON_API, Content::new(Some(Ref::from_schema_name("errors"))))
        .content(JSON, Content::new(Some(Ref::from_schema_name("errors"))))
        .build();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.response("errors", errors).security_scheme(BEARER, scheme).build()
}

/// The paths of a resource type.
fn paths_of(model: &Model, ty: &ResourceType) -> Vec<(String, PathItem)> {
    let (name, base) = (ty.resource.name, ty.base());
    let one = format!("{base}/{{id}}");
    let list = operation(ty, "list", &format!("List resources of the type {name}."))
        .parameters(Some([known()]))
        .parameters(Some(of_list(model, ty)))
        .parameters(Some(of_answer(model, ty)))
        .responses(read("The rows of a page.", format!("{name}_list")))
        .build();
    let retrieve = operation(ty, "retrieve", &format!("Retrieve one resource of the type {name}."))
        .parameters(Some([id(), known()]))
        .parameters(Some(of_answer(model, ty)))
        .responses(read("The row.", format!("{name}_document")))
        .build();
    let mut all = PathItem::new(HttpMethod::Get, list);
    let mut single = PathItem::new(HttpMethod::Get, retrieve);
    let mut paths = Vec::new();
    if let Some(writes) = &ty.resource.writes {
        all.post = Some(create(model, ty));
        single.patch = Some(update(model, ty));
        single.delete = Some(delete(ty));
        if writes.create_many.is_some() {
            paths.push((format!("{base}/bulk"), PathItem::new(HttpMethod::Post, create_many(model, ty))));
        }
        paths.extend(actions(model, ty, writes, &one));
    }
    paths.extend([(base, all), (one, single)]);
    paths
}

fn operation(ty: &ResourceType, name: &str, summary: &str) -> OperationBuilder {
    OperationBuilder::new()
        .tag(ty.resource.name)
        .operation_id(Some(format!("{name}_{}", ty.resource.path.replace('-', "_"))))
        .summary(Some(summary))
        .parameters(Some([workspace()]))
}

fn create(model: &Model, ty: &ResourceType) -> Operation {
    let name = ty.resource.name;
    operation(ty, "create", &format!("Create a resource of the type {name}."))
        .parameters(Some([idempotency()]))
        .parameters(Some(of_answer(model, ty)))
        .request_body(Some(body(&format!("{name}_create"))))
        .responses(responses("201", "The row.", Some(format!("{name}_document")), &["ETag", "Location"]))
        .build()
}

fn create_many(model: &Model, ty: &ResourceType) -> Operation {
    let name = ty.resource.name;
    operation(ty, "create_many", &format!("Create up to 1,000 resources of the type {name}, all or none."))
        .parameters(Some([idempotency()]))
        .parameters(Some(of_answer(model, ty)))
        .request_body(Some(body(&format!("{name}_create_many"))))
        .responses(responses("201", "The rows.", Some(format!("{name}_list")), &[]))
        .build()
}

fn update(model: &Model, ty: &ResourceType) -> Operation {
    let name = ty.resource.name;
    operation(ty, "update", &format!("Change a resource of the type {name}. What is left out stays; null clears."))
        .parameters(Some([id(), condition()]))
        .parameters(Some(of_answer(model, ty)))
        .request_body(Some(body(&format!("{name}_update"))))
        .responses(responses("200", "The row.", Some(format!("{name}_document")), &["ETag"]))
        .build()
}

fn delete(ty: &ResourceType) -> Operation {
    operation(ty, "delete", &format!("Delete a resource of the type {}.", ty.resource.name))
        .parameters(Some([id(), condition()]))
        .responses(responses("204", "It is deleted.", None, &[]))
        .build()
}

fn actions<'m>(
    model: &'m Model,
    ty: &'m ResourceType,
    writes: &'static Writes,
    one: &'m str,
) -> impl Iterator<Item = (String, PathItem)> + 'm {
    writes.actions.iter().map(move |action| {
        let name = schemas::of_action(ty, action);
        let Action { path, summary, creates, .. } = action;
        let (status, parameters): (_, Vec<Parameter>) =
            if *creates { ("201", vec![id(), condition(), idempotency()]) } else { ("200", vec![id(), condition()]) };
        let headers: &[&str] = if *creates { &["ETag", "Location"] } else { &["ETag"] };
        let operation = operation(ty, &path.replace('-', "_"), summary)
            .parameters(Some(parameters))
            .parameters(Some(of_answer(model, ty)))
            .request_body(Some(body(&name)))
            .responses(responses(status, "The row.", Some(schemas::of_answer(model, ty, action)), headers))
            .build();
        (format!("{one}/{path}"), PathItem::new(HttpMethod::Post, operation))
    })
}

fn body(schema: &str) -> RequestBody {
    let content = Content::new(Some(Ref::from_schema_name(schema)));
    RequestBodyBuilder::new().content(JSON_API, content).required(Some(Required::True)).build()
}

/// What a request that reads is answered with.
fn read(description: &str, schema: String) -> ResponsesBuilder {
    let unchanged = ResponseBuilder::new().description("What `If-None-Match` names is what would be answered.");
    responses("200", description, Some(schema), &["ETag"]).response("304", unchanged.build())
}

fn responses(status: &str, description: &str, schema: Option<String>, headers: &[&str]) -> ResponsesBuilder {
    let mut response = ResponseBuilder::new().description(description);
    if let Some(schema) = schema {
        for media in [JSON_API, JSON] {
            response = response.content(media, Content::new(Some(Ref::from_schema_name(&schema))));
        }
    }
    for name in headers {
        response = response.header(*name, HeaderBuilder::new().schema(Some(schemas::text())).build());
    }
    let errors = || Ref::from_response_name("errors");
    ResponsesBuilder::new().response(status, response.build()).response("4XX", errors()).response("5XX", errors())
}
