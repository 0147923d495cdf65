//! What a schema does not say of itself.

/// What costs more than the shape of the schema says, told by whoever has the schema.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints {
    /// Fields of statistics that take a statement of their own, of which others take none, with the nanoseconds to add up
    /// one row.
    pub own_statement: &'static [(&'static str, u64)],
    /// Fields that PostgreSQL has to look for: their type, their name, and the points for each row.
    pub computed: &'static [(&'static str, &'static str, u64)],
    /// Lists whose rows lie behind links, by their type and their name: a row may belong to several parents.
    pub through_links: &'static [(&'static str, &'static str)],
    /// The relation that leads to the first of several links, and the nanoseconds to look for that.
    pub first_link: (&'static str, u64),
    /// Inputs of filters whose operands stand for values of another column, and how many there are of these.
    pub standing_for: &'static [(&'static str, u64)],
    /// The input whose operands are compared with several values of each row, and how many these are.
    pub with_several: (&'static str, u64),
    /// The type of these links.
    pub link: &'static str,
    /// Fields whose texts are sentences rather than names.
    pub long_texts: &'static [&'static str],
}
