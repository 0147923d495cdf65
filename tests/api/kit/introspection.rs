//! The schema as the live server describes it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::App;

const QUERY: &str = "{ __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types {
        kind name description
        interfaces { name }
        fields(includeDeprecated: true) { name description type { ...ref } args { name description type { ...ref } } }
        inputFields { name description type { ...ref } }
        enumValues(includeDeprecated: true) { name description }
    }
    directives { name description args { name description } }
} }
fragment ref on __Type {
    kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }
}";

/// The schema without what GraphQL itself adds to it.
pub struct Schema {
    json: Value,
}

impl Schema {
    pub async fn of(app: &App) -> Self {
        let answer = app.guest().say(QUERY).await;
        Self { json: answer.at("/__schema").clone() }
    }

    /// The types that the schema defines itself.
    pub fn types(&self) -> impl Iterator<Item = &Value> {
        let types = self.json["types"].as_array().unwrap().iter();
        types.filter(|ty| !name(ty).starts_with("__"))
    }

    pub fn directives(&self) -> &[Value] {
        self.json["directives"].as_array().unwrap()
    }

    pub fn ty(&self, wanted: &str) -> &Value {
        self.types().find(|ty| name(ty) == wanted).unwrap_or_else(|| panic!("there is no type {wanted}"))
    }

    /// The root type of `query`, `mutation` or `subscription`, if there is one.
    pub fn root(&self, operation: &str) -> Option<&Value> {
        let root = &self.json[format!("{operation}Type")];
        root["name"].as_str().map(|name| self.ty(name))
    }

    /// The names of the fields of a root type.
    pub fn root_fields(&self, operation: &str) -> BTreeSet<String> {
        self.root(operation)
            .map(|ty| list(ty, "fields").iter().map(|field| name(field).to_owned()).collect())
            .unwrap_or_default()
    }

    /// The types that have an id of their own.
    pub fn nodes(&self) -> BTreeSet<&str> {
        let is_node = |ty: &&Value| list(ty, "interfaces").iter().any(|interface| name(interface) == "Node");
        self.types().filter(is_node).map(name).collect()
    }
}

pub fn name(item: &Value) -> &str {
    item["name"].as_str().unwrap_or_default()
}

/// A list of the item, which may be missing.
pub fn list<'a>(item: &'a Value, field: &str) -> &'a [Value] {
    item[field].as_array().map_or(&[], Vec::as_slice)
}

/// The type at the heart of a field's type, whatever lists and non-nulls surround it.
pub fn named(field: &Value) -> &str {
    let mut ty = &field["type"];
    while !ty["ofType"].is_null() {
        ty = &ty["ofType"];
    }
    name(ty)
}
