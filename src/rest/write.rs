//! Writing: the body of a request as a mutation and its input.

use super::body::{self, Linkage, ResourceObject};
use super::call::{Call, Caller, Layout};
use super::checks::{check_id, check_new, check_type, unwritable};
use super::definitions::Field;
use super::input::{self, Input, InputMember, member};
use super::list::Shape;
use super::model::{Model, ResourceType, told};
use super::names::camel;
use super::origins::Origins;
use super::parameters;
use super::payload::Payload;
use super::problem::{Problem, Source};
use super::resource::{Transition, Writes};
use crate::error::Code;

/// Ends the state of a row in the tag of an answer that shows it. What follows is of the answer.
pub const STATE_ENDS: char = '/';

/// What of a request's headers a write takes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions<'a> {
    /// `If-Match`.
    pub if_match: Option<&'a str>,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<&'a str>,
}

/// A write to one resource type.
#[derive(Clone, Copy, Debug)]
pub struct Write<'a> {
    /// The resource types.
    pub model: &'a Model,
    /// The one that is written.
    pub ty: usize,
    /// Who writes.
    pub caller: Caller<'a>,
    /// On what conditions.
    pub conditions: Conditions<'a>,
}

/// A mutation that is being put together.
struct Mutation<'a> {
    name: &'a str,
    /// What it is called in the log and the metrics.
    operation: &'a str,
    input_type: &'a str,
    payload: &'a [Field],
    input: Input,
    origins: Origins,
    status: u16,
    several: bool,
    targeted: bool,
}

impl<'a> Write<'a> {
    /// Creates one.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn create(self, body: &[u8]) -> Result<Call, Problem> {
        let (of, writes) = self.writes()?;
        let object = body::one(body)?;
        check_new(of, &object)?;
        let mut mutation = self.mutation(writes.create, "create", 201)?;
        self.fill(of, &mut mutation, &object, None)?;
        self.call(of, mutation)
    }

    /// Creates several, all or none.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn create_many(self, body: &[u8]) -> Result<Call, Problem> {
        let (of, writes) = self.writes()?;
        let (name, list) = writes.create_many.ok_or_else(Problem::not_found)?;
        let mut mutation = self.mutation(name, "create_many", 201)?;
        mutation.several = true;
        let item = self.model.definitions().field(mutation.input_type, list).map(|field| field.ty.as_str());
        let item = item.unwrap_or_default();
        let mut items = String::from("[");
        for object in body::many(body)? {
            check_new(of, &object)?;
            let mut input = Input::new();
            self.members(of, item, &mut input, &object, None)?;
            if items.len() > 1 {
                items.push(',');
            }
            items.push_str(&input.end());
        }
        items.push(']');
        mutation.input.add(list, &items);
        mutation.origins.items(list);
        self.places(of, item, &mut mutation.origins);
        self.call(of, mutation)
    }

    /// Changes one.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn update(self, id: &str, body: &[u8]) -> Result<Call, Problem> {
        let (of, writes) = self.writes()?;
        let object = body::one(body)?;
        check_type(of, &object)?;
        check_id(id, &object)?;
        let transition = transition(writes, &object)?;
        let name = match transition {
            None => writes.update,
            Some(Transition { mutation: Some(mutation), .. }) => mutation,
            Some(Transition { attribute, value, .. }) => {
                let message = format!("`{attribute}` cannot be changed to `{value}`.");
                let pointer = format!("/data/attributes/{attribute}");
                return Err(Problem::new(Code::InvalidState, message).about(Source::Pointer(pointer)));
            }
        };
        let mut mutation = self.mutation(name, "update", 200)?;
        self.target(&mut mutation, id)?;
        self.fill(of, &mut mutation, &object, transition)?;
        self.call(of, mutation)
    }

    /// Deletes one.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn delete(self, id: &str) -> Result<Call, Problem> {
        let (of, writes) = self.writes()?;
        let mut mutation = self.mutation(writes.delete, "delete", 204)?;
        self.target(&mut mutation, id)?;
        self.call(of, mutation)
    }

    /// Does something else to one, by the name of a sub-resource.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn act(self, id: &str, path: &str, body: &[u8]) -> Result<Call, Problem> {
        let (of, writes) = self.writes()?;
        let action = writes.actions.iter().find(|action| action.path == path).ok_or_else(Problem::not_found)?;
        let object = body::one(body)?;
        check_type(of, &object)?;
        if object.has_id {
            check_id(id, &object)?;
        }
        let operation = action.path.replace('-', "_");
        let mut mutation = self.mutation(action.mutation, &operation, if action.creates { 201 } else { 200 })?;
        self.target(&mut mutation, id)?;
        self.fill(of, &mut mutation, &object, None)?;
        self.call(of, mutation)
    }

    fn writes(self) -> Result<(&'a ResourceType, &'static Writes), Problem> {
        let of = self.model.types().get(self.ty).ok_or_else(Problem::not_found)?;
        Ok((of, of.resource.writes.as_ref().ok_or_else(Problem::not_found)?))
    }

    fn mutation<'m>(self, name: &'m str, operation: &'m str, status: u16) -> Result<Mutation<'m>, Problem>
    where
        'a: 'm,
    {
        let (input_type, payload) = self.model.mutation(name).ok_or_else(Problem::not_found)?;
        let (input, origins) = (Input::new(), Origins::default());
        Ok(Mutation { name, operation, input_type, payload, input, origins, status, several: false, targeted: false })
    }

    /// Names the row that is changed, and the state in which it must be.
    fn target(self, mutation: &mut Mutation<'_>, id: &str) -> Result<(), Problem> {
        mutation.input.text("id", id);
        mutation.targeted = true;
        let Some(given) = self.conditions.if_match.map(str::trim).filter(|given| *given != "*") else { return Ok(()) };
        let refused = |message: &str| Problem::new(Code::BadUserInput, message).about(Source::Header("If-Match"));
        if given.contains(',') {
            return Err(refused("`If-Match` must be one `ETag`, or `*`."));
        }
        // The tag is that of the row's state: an answer that was compressed has it as a weak one.
        let given = given.strip_prefix("W/").unwrap_or(given);
        let stamp = given.strip_prefix('"').and_then(|given| given.strip_suffix('"')).ok_or_else(|| {
            let message = "`If-Match` must be an `ETag` as it was answered, in quotes.";
            refused(message).status(412)
        })?;
        let stamp = stamp.split(STATE_ENDS).next().unwrap_or(stamp);
        mutation.input.text("expectedUpdatedAt", stamp);
        mutation.origins.header("$input.expectedUpdatedAt".to_owned(), "If-Match");
        Ok(())
    }

    /// Fills the input with what the resource object says.
    fn fill(
        self,
        of: &ResourceType,
        mutation: &mut Mutation<'_>,
        object: &ResourceObject<'_>,
        transition: Option<&Transition>,
    ) -> Result<(), Problem> {
        self.places(of, mutation.input_type, &mut mutation.origins);
        self.members(of, mutation.input_type, &mut mutation.input, object, transition)
    }

    fn members(
        self,
        of: &ResourceType,
        input_type: &str,
        input: &mut Input,
        object: &ResourceObject<'_>,
        transition: Option<&Transition>,
    ) -> Result<(), Problem> {
        for (name, value) in &object.attributes {
            let pointer = format!("{}/attributes/{name}", object.pointer);
            if transition.is_some_and(|transition| transition.attribute == name) {
                continue;
            }
            let field = camel(name).and_then(|name| self.model.definitions().field(input_type, &name));
            let field = field.filter(|field| matches!(member(of, field), Some(InputMember::Attribute(_))));
            let Some(field) = field else {
                return Err(unwritable(of.attribute(name).is_some(), name, pointer, transition));
            };
            input.add(
                &field.name,
                &input::value(self.model.definitions(), field, *value)
                    .map_err(|message| Problem::value(&pointer, message))?,
            );
        }
        for (name, linkage) in &object.relationships {
            let pointer = format!("{}/relationships/{name}", object.pointer);
            let mut fields = self.model.definitions().fields(input_type).iter();
            let field = fields.find(|field| match member(of, field) {
                Some(InputMember::Relationship(index)) => of.relationship(name) == Some(index),
                _ => false,
            });
            let Some(field) = field else {
                return Err(unwritable(of.relationship(name).is_some(), name, pointer, transition));
            };
            match linkage {
                None => input.add(&field.name, "null"),
                Some(linkage) => {
                    self.check_linkage(of, name, linkage, &pointer)?;
                    input.text(&field.name, &linkage.id);
                }
            }
        }
        Ok(())
    }

    fn check_linkage(self, of: &ResourceType, name: &str, linkage: &Linkage<'_>, at: &str) -> Result<(), Problem> {
        let target = of.relationship(name).and_then(|index| of.relationships.get(index));
        let target = target.and_then(|relationship| self.model.types().get(relationship.target));
        let wanted = target.map(|target| target.resource.name).unwrap_or_default();
        if linkage.ty == wanted {
            return Ok(());
        }
        Err(Problem::value(
            format!("{at}/data/type"),
            format!("`{name}` leads to a `{wanted}`, not to a `{}`.", linkage.ty),
        ))
    }

    /// Where the fields of an input stand in the body.
    fn places(self, of: &ResourceType, input_type: &str, origins: &mut Origins) {
        origins.pointer("$input".to_owned(), "/data".to_owned());
        for field in self.model.definitions().fields(input_type) {
            let path = format!("$input.{}", field.name);
            match member(of, field) {
                Some(InputMember::Attribute(name)) => origins.pointer(path, format!("/data/attributes/{name}")),
                Some(InputMember::Relationship(index)) => {
                    let name = of.relationships.get(index).map(|it| it.name.as_str()).unwrap_or_default();
                    origins.pointer(path, format!("/data/relationships/{name}/data"));
                }
                None => {}
            }
        }
    }

    /// The mutation, with what is selected of the row for the answer.
    fn call(self, of: &ResourceType, mut mutation: Mutation<'_>) -> Result<Call, Problem> {
        let definitions = self.model.definitions();
        let mut shape = Shape::default();
        for parameter in &parameters::read(self.caller.query)? {
            if mutation.status == 204 || !shape.read(self.model, self.ty, parameter)? {
                return Err(parameters::unknown(&parameter.name));
            }
        }
        if let Some(key) = self.conditions.idempotency_key
            && definitions.field(mutation.input_type, "idempotencyKey").is_some()
        {
            // A structured field is in quotes, which most clients leave out.
            let quoted = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
            mutation.input.text("idempotencyKey", quoted.unwrap_or(key));
            mutation.origins.header("$input.idempotencyKey".to_owned(), "Idempotency-Key");
        }
        let (mut selection, omitted) = shape.select(self.model, self.ty, &self.caller);
        selection.stamped = !mutation.several;
        let row = mutation.payload.iter().find(|field| field.ty == of.resource.object);
        let row = row.map(|field| field.name.clone()).unwrap_or_default();
        let told = told(definitions, mutation.payload);
        let payload = Payload {
            row,
            several: mutation.several,
            told: told.map(|field| (field.name.clone(), definitions.values(&field.ty).is_some())).collect(),
            status: mutation.status,
            targeted: mutation.targeted,
            conditional: self.conditions.if_match.is_some(),
        };
        let (name, path) = (mutation.name, of.resource.path.replace('-', "_"));
        let mut document = format!(
            "mutation rest_{path}_{}($input:{}!){{{name}(input:$input)",
            mutation.operation, mutation.input_type
        );
        let mut selected = String::new();
        selection.write(self.model, &mut selected);
        payload.write(&selected, &mut document);
        document.push('}');
        let mut variables = Input::new();
        variables.add("input", &mutation.input.end());
        let layout = Layout::payload(name, selection, omitted, payload);
        Ok(Call { origins: mutation.origins, ..Call::new(document, variables.end(), layout) })
    }
}

/// The change of state that a resource object asks for.
fn transition(writes: &'static Writes, object: &ResourceObject<'_>) -> Result<Option<&'static Transition>, Problem> {
    let transitions = writes.transitions;
    for (name, value) in &object.attributes {
        if !transitions.iter().any(|transition| transition.attribute == name) {
            continue;
        }
        let given = value.string();
        let is_given = |transition: &&Transition| {
            transition.attribute == name && given.as_ref().is_some_and(|given| given.as_deref() == Ok(transition.value))
        };
        if let Some(transition) = transitions.iter().find(is_given) {
            return Ok(Some(transition));
        }
        let known = transitions.iter().filter(|transition| transition.attribute == name);
        let known: Vec<_> = known.map(|transition| format!("`{}`", transition.value)).collect();
        let pointer = format!("{}/attributes/{name}", object.pointer);
        return Err(Problem::value(pointer, format!("`{name}` must be one of {}.", known.join(", "))));
    }
    Ok(None)
}
