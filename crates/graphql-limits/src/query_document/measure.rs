//! How large the operations are once their fragments are expanded, without expanding any.

use std::collections::HashMap;

use super::limits::Limits;
use super::outline::{Definition, Outline, Selection};
use super::violation::{Code, Fault};

/// What a part of a document adds up to, fragments expanded. Nothing here overflows: it stops at the largest number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Total {
    /// Fields, introspection left out.
    pub(super) fields: usize,
    /// Fields within each other, introspection left out.
    pub(super) depth: usize,
    pub(super) aliases: usize,
    pub(super) directives: usize,
    /// Fields at the root of the part.
    pub(super) root_fields: usize,
    /// Selection sets within each other.
    sets: usize,
    /// Selections at the root of the part and of the fragments there: what merging it has to look at.
    flat: usize,
    /// All selections, and for each selection set once more what merging it has to look at.
    work: usize,
    /// Fields of `__schema` and `__type`, these included.
    pub(super) introspection_fields: usize,
    introspection_depth: usize,
    introspection_lists: usize,
    /// Fields, depth and lists of the schema if all of the part lay in `__schema`.
    any_fields: usize,
    any_depth: usize,
    any_lists: usize,
}

impl Total {
    /// With another part beside it.
    fn add(&mut self, other: &Self) {
        let sum = |one: &mut usize, two: usize| *one = one.saturating_add(two);
        let most = |one: &mut usize, two: usize| *one = (*one).max(two);
        sum(&mut self.fields, other.fields);
        most(&mut self.depth, other.depth);
        sum(&mut self.aliases, other.aliases);
        sum(&mut self.directives, other.directives);
        sum(&mut self.root_fields, other.root_fields);
        most(&mut self.sets, other.sets);
        sum(&mut self.flat, other.flat);
        sum(&mut self.work, other.work);
        sum(&mut self.introspection_fields, other.introspection_fields);
        most(&mut self.introspection_depth, other.introspection_depth);
        most(&mut self.introspection_lists, other.introspection_lists);
        sum(&mut self.any_fields, other.any_fields);
        most(&mut self.any_depth, other.any_depth);
        most(&mut self.any_lists, other.any_lists);
    }

    /// As a selection set of its own.
    fn in_set(mut self) -> Self {
        self.sets = self.sets.saturating_add(1);
        self.work = self.work.saturating_add(self.flat);
        self
    }

    /// As one selection: with its own directives.
    fn selected(mut self, directives: usize) -> Self {
        self.directives = self.directives.saturating_add(directives);
        self.flat = self.flat.saturating_add(1);
        self.work = self.work.saturating_add(1);
        self
    }

    /// Below a field.
    fn in_field(mut self, name: &str, aliased: bool) -> Self {
        let list = matches!(name, "fields" | "inputFields" | "interfaces" | "possibleTypes");
        self.aliases = self.aliases.saturating_add(usize::from(aliased));
        self.root_fields = 1;
        self.flat = 0;
        self.any_fields = self.any_fields.saturating_add(1);
        self.any_depth = self.any_depth.saturating_add(1);
        self.any_lists = self.any_lists.saturating_add(usize::from(list));
        if matches!(name, "__schema" | "__type") {
            (self.fields, self.depth) = (0, 0);
            self.introspection_fields = self.any_fields;
            self.introspection_depth = self.any_depth;
            self.introspection_lists = self.any_lists;
        } else {
            self.fields = self.fields.saturating_add(1);
            self.depth = self.depth.saturating_add(1);
        }
        self
    }
}

/// Adds up every definition and checks it; the result is that of the selected operation.
pub(super) fn within_limits(outline: &Outline<'_>, selected: usize, limits: &Limits) -> Result<Total, Fault> {
    let definitions = &outline.definitions;
    let fragments: HashMap<&str, usize> = (0..)
        .zip(definitions)
        .filter_map(
            |(index, definition)| if definition.kind.is_none() { Some((definition.name?, index)) } else { None },
        )
        .collect();
    let mut totals: Vec<Option<Total>> = vec![None; definitions.len()];
    let mut work = 0_usize;
    for index in order(outline, &fragments)? {
        let Some(definition) = definitions.get(index) else { continue };
        let total = add_up(outline, definition, |name| totals.get(*fragments.get(name)?).copied().flatten());
        work = work.saturating_add(total.work);
        if let Some(slot) = totals.get_mut(index) {
            *slot = Some(total);
        }
    }
    let total_of = |index: usize| totals.get(index).copied().flatten().unwrap_or_default();
    let own = total_of(selected);
    if let Some(definition) = definitions.get(selected) {
        check(definition, &own, limits)?;
    }
    for (index, definition) in outline.operations().filter(|(index, _)| *index != selected) {
        check(definition, &total_of(index), limits)?;
    }
    for (index, definition) in definitions.iter().enumerate() {
        nested(definition, &total_of(index), limits)?;
    }
    let most = limits.tokens.saturating_mul(3);
    if work > most {
        let message = format!("The whole document has more than {most} selections once its fragments are expanded.");
        return Err(Fault::new(Code::Fields, message, 0));
    }
    Ok(own)
}

/// All definitions, each behind the fragments that it spreads.
fn order(outline: &Outline<'_>, fragments: &HashMap<&str, usize>) -> Result<Vec<usize>, Fault> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let definitions = &outline.definitions;
    let mut states = vec![State::New; definitions.len()];
    let mut done = Vec::with_capacity(definitions.len());
    for root in 0..definitions.len() {
        // A definition that is being looked at, and how many of its selections already were.
        let mut open = vec![(root, 0)];
        while let Some((index, seen)) = open.last_mut() {
            let (Some(state), Some(definition)) = (states.get_mut(*index), definitions.get(*index)) else { break };
            if *seen == 0 && *state == State::Done {
                open.pop();
                continue;
            }
            *state = State::Open;
            let rest = outline.nodes_of(definition).get(*seen..).unwrap_or_default();
            let spread = rest.iter().enumerate().find_map(|(offset, node)| match node.selection {
                Selection::Spread(name) => Some((offset, node.at, *fragments.get(name)?)),
                _ => None,
            });
            let Some((offset, at, target)) = spread else {
                *state = State::Done;
                done.push(*index);
                open.pop();
                continue;
            };
            *seen += offset + 1;
            match states.get(target) {
                Some(State::Open) => {
                    let message = "This spread makes its fragment contain itself.";
                    return Err(Fault::new(Code::ValidationFailed, message, at));
                }
                Some(State::New) => open.push((target, 0)),
                _ => {}
            }
        }
    }
    Ok(done)
}

/// The total of one definition; `fragment` has those of the fragments that it spreads.
fn add_up<'a>(outline: &Outline<'a>, definition: &Definition<'a>, fragment: impl Fn(&str) -> Option<Total>) -> Total {
    let nodes = outline.nodes_of(definition);
    // What lies in each selection; the last is the definition itself. From the end on, children come before parents.
    let mut inside = vec![Total::default(); nodes.len() + 1];
    for (index, node) in nodes.iter().enumerate().rev() {
        let mut total = inside.get(index).copied().unwrap_or_default();
        if node.has_set {
            total = total.in_set();
        }
        total = match node.selection {
            Selection::Field { name, aliased } => total.in_field(name, aliased),
            Selection::Spread(name) => fragment(name).unwrap_or_default(),
            Selection::Inline => total,
        }
        .selected(node.directives);
        let parent = node.parent.map_or(nodes.len(), |parent| parent.saturating_sub(definition.first));
        if let Some(parent) = inside.get_mut(parent) {
            parent.add(&total);
        }
    }
    let mut total = inside.last().copied().unwrap_or_default().in_set();
    total.directives = total.directives.saturating_add(definition.directives);
    total
}

/// Checks what every definition must keep, so that no code of the library nests deeper.
fn nested(definition: &Definition<'_>, total: &Total, limits: &Limits) -> Result<(), Fault> {
    if total.sets > limits.nesting {
        let most = limits.nesting;
        let message = format!("Selection sets are nested more than {most} deep once fragments are expanded.");
        return Err(Fault::new(Code::Nesting, message, definition.at));
    }
    Ok(())
}

/// Checks what an operation must keep.
fn check(definition: &Definition<'_>, total: &Total, limits: &Limits) -> Result<(), Fault> {
    nested(definition, total, limits)?;
    let operation = definition.name.map_or_else(|| "The operation".to_owned(), |name| format!("Operation {name}"));
    for (found, most, code, what) in [
        (total.fields, limits.fields, Code::Fields, "fields once its fragments are expanded"),
        (total.depth, limits.depth, Code::Depth, "levels of fields"),
        (total.aliases, limits.aliases, Code::Aliases, "aliases"),
        (total.root_fields, limits.root_fields, Code::RootFields, "fields at its root"),
        (total.directives, limits.directives, Code::Directives, "directives"),
        (total.introspection_fields, limits.introspection_fields, Code::Fields, "introspection fields"),
        (total.introspection_depth, limits.introspection_depth, Code::Depth, "levels of introspection fields"),
        (total.introspection_lists, limits.introspection_lists, Code::Depth, "lists of the schema within each other"),
    ] {
        if found > most {
            let message = format!("{operation} has more than {most} {what}.");
            return Err(Fault::new(code, message, definition.at));
        }
    }
    Ok(())
}
