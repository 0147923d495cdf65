//! A document as a flat list of selections.

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It reads.
    Query,
    /// It writes.
    Mutation,
    /// It listens.
    Subscription,
}

impl Kind {
    /// The keyword that begins it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

/// A selection, in the order of the text, so that parents stand before their children.
#[derive(Debug)]
pub(super) struct Node<'a> {
    /// The selection it lies in, as an index of [`Outline::nodes`]; none at a definition's root.
    pub(super) parent: Option<usize>,
    pub(super) selection: Selection<'a>,
    /// Directives on the selection itself.
    pub(super) directives: usize,
    pub(super) has_set: bool,
    /// The byte it starts at.
    pub(super) at: usize,
}

#[derive(Debug)]
pub(super) enum Selection<'a> {
    Field { name: &'a str, aliased: bool },
    Spread(&'a str),
    Inline,
}

/// An operation or a fragment.
#[derive(Debug)]
pub(super) struct Definition<'a> {
    /// What the operation does; a fragment does nothing by itself.
    pub(super) kind: Option<Kind>,
    pub(super) name: Option<&'a str>,
    /// Directives on the definition itself.
    pub(super) directives: usize,
    /// Its selections, from here …
    pub(super) first: usize,
    /// … up to here.
    pub(super) end: usize,
    /// The byte it starts at.
    pub(super) at: usize,
}

/// The whole document.
#[derive(Debug, Default)]
pub(super) struct Outline<'a> {
    pub(super) definitions: Vec<Definition<'a>>,
    pub(super) nodes: Vec<Node<'a>>,
}

impl<'a> Outline<'a> {
    /// The operations with their indices.
    pub(super) fn operations(&self) -> impl Iterator<Item = (usize, &Definition<'a>)> {
        self.definitions.iter().enumerate().filter(|(_, definition)| definition.kind.is_some())
    }

    /// The selections of one definition, with the index of the first.
    pub(super) fn nodes_of(&self, definition: &Definition<'a>) -> &[Node<'a>] {
        self.nodes.get(definition.first..definition.end).unwrap_or_default()
    }
}
