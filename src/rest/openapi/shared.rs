//! Parameters that several operations have, written once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use utoipa::openapi::path::{Operation, Parameter, PathItem};
use utoipa::openapi::{OpenApi, Ref, RefOr};

/// Puts what several operations have among the components, under its name there.
pub(super) fn share(openapi: &mut OpenApi) {
    let mut uses: Vec<(Parameter, usize)> = Vec::new();
    for operation in operations(openapi) {
        for parameter in parameters(operation) {
            match uses.iter_mut().find(|(known, _)| known == parameter) {
                Some((_, count)) => *count += 1,
                None => uses.push((parameter.clone(), 1)),
            }
        }
    }
    let mut shared: BTreeMap<String, Option<Parameter>> = BTreeMap::new();
    for (parameter, _) in uses.into_iter().filter(|(_, count)| *count > 1) {
        match shared.entry(component_name(&parameter.name)) {
            Entry::Vacant(place) => _ = place.insert(Some(parameter)),
            // Two of one name stay where they are.
            Entry::Occupied(mut place) => _ = place.insert(None),
        }
    }
    for operation in operations(openapi) {
        for parameter in operation.parameters.iter_mut().flatten() {
            let RefOr::T(own) = parameter else { continue };
            let name = component_name(&own.name);
            if shared.get(&name).is_some_and(|known| known.as_ref() == Some(own)) {
                *parameter = RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")));
            }
        }
    }
    let components = openapi.components.get_or_insert_default();
    components.parameters =
        shared.into_iter().filter_map(|(name, parameter)| Some((name, RefOr::T(parameter?)))).collect();
}

fn operations(openapi: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    openapi.paths.paths.values_mut().flat_map(|PathItem { get, post, patch, delete, .. }| {
        [get, post, patch, delete].into_iter().filter_map(Option::as_mut)
    })
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

/// `filter[created_at][gte]` as `filter_created_at_gte`.
fn component_name(name: &str) -> String {
    let words = name.split(|char: char| !char.is_ascii_alphanumeric() && char != '_').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}
