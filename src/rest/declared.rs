//! Whether what the entities declare is there in the schema.

use super::model::Model;
use super::resource::{Resource, Roots, Writes};

/// Checks every name of every declaration.
///
/// # Errors
/// The first name that the schema lacks.
pub(super) fn check(model: &Model) -> Result<(), String> {
    for ty in model.types() {
        let resource = ty.resource;
        let missing = |name: &str| format!("{}: the schema has no `{name}`", resource.name);
        let members = ty.attributes.iter().map(|it| &it.name).chain(ty.relationships.iter().map(|it| &it.name));
        if let Some(name) = members.clone().find(|name| ["type", "id"].contains(&name.as_str())) {
            return Err(format!("{}: JSON:API has `{name}` for itself", resource.name));
        }
        let renamed = resource.renamed.iter().map(|(field, _)| field);
        let fields = resource.computed.iter().chain(renamed).chain(resource.protected.iter().map(|(name, _)| name));
        for field in fields {
            model.definitions().field(resource.object, field).ok_or_else(|| missing(field))?;
        }
        let roots = match resource.roots {
            Roots::Connection { one, many } => vec![one, many],
            Roots::Own(own) => vec![own],
        };
        for root in roots {
            model.definitions().field("Query", root).ok_or_else(|| missing(root))?;
        }
        if let Some(filter) = &ty.filter {
            model.definitions().get(filter).ok_or_else(|| missing(filter))?;
            for (field, member) in resource.filters {
                model.definitions().field(filter, field).ok_or_else(|| missing(field))?;
                if ty.attribute(member).is_none() && ty.relationship(member).is_none() {
                    return Err(format!("{}: there is no member `{member}`", resource.name));
                }
            }
        }
        if let Some(order) = &ty.order {
            model.definitions().values(order).ok_or_else(|| missing(order))?;
        }
        if let Some(writes) = &resource.writes {
            check_writes(model, resource, writes)?;
        }
    }
    Ok(())
}

fn check_writes(model: &Model, resource: &Resource, writes: &Writes) -> Result<(), String> {
    let missing = |name: &str| format!("{}: the schema has no `{name}`", resource.name);
    let transitions = writes.transitions.iter().filter_map(|transition| transition.mutation);
    let actions = writes.actions.iter().map(|action| action.mutation);
    let many = writes.create_many.iter().map(|(mutation, _)| *mutation);
    let all = [writes.create, writes.update, writes.delete].into_iter().chain(transitions).chain(actions).chain(many);
    for mutation in all {
        let (input, payload) = model.mutation(mutation).ok_or_else(|| missing(mutation))?;
        let row = payload.iter().any(|field| field.ty == resource.object);
        if model.definitions().get(input).is_none() || !row {
            return Err(format!("{}: `{mutation}` has no row of the entity", resource.name));
        }
    }
    if let Some((mutation, list)) = writes.create_many {
        let input = model.mutation(mutation).map(|(input, _)| input).unwrap_or_default();
        model.definitions().field(input, list).ok_or_else(|| missing(list))?;
    }
    for transition in writes.transitions {
        let named = model.named(resource.name).and_then(|(_, ty)| ty.attribute(transition.attribute));
        named.ok_or_else(|| missing(transition.attribute))?;
    }
    Ok(())
}
