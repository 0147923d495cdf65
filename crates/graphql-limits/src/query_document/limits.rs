//! How large a document may be.

/// The limits of one document, each with the default that the documentation names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub document_bytes: usize,
    /// Tokens of the text; comments are not tokens.
    pub tokens: usize,
    /// Brackets of any kind within each other, and selection sets within each other once fragments are expanded.
    pub nesting: usize,
    /// Bytes of one name.
    pub name_bytes: usize,
    /// Fields of an operation once fragments are expanded.
    pub fields: usize,
    /// Fields within each other.
    pub depth: usize,
    /// Aliases of an operation once fragments are expanded.
    pub aliases: usize,
    /// Fields at the root of an operation.
    pub root_fields: usize,
    /// Directives of an operation once fragments are expanded.
    pub directives: usize,
    /// Fields of an operation inside of `__schema` and `__type`.
    pub introspection_fields: usize,
    /// Fields within each other, counted from `__schema` or `__type`.
    pub introspection_depth: usize,
    /// Lists of the schema within each other (`fields`, `inputFields`, `interfaces`, `possibleTypes`), each of which
    /// multiplies the answer.
    pub introspection_lists: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 64 * 1024,
            tokens: 5_000,
            nesting: 64,
            name_bytes: 256,
            fields: 500,
            depth: 12,
            aliases: 30,
            root_fields: 20,
            directives: 50,
            introspection_fields: 500,
            introspection_depth: 20,
            introspection_lists: 2,
        }
    }
}
