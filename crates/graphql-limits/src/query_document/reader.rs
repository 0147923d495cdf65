//! The tokens as an outline, by the grammar of executable documents and without recursion.

use std::collections::HashSet;

use super::lexer::{Kind, Token};
use super::numbers::Reading;
use super::outline::{self, Definition, Node, Outline, Selection};
use super::rewrite::Edit;
use super::violation::{Code, Fault};

/// What a document says.
pub(super) struct Read<'a> {
    pub(super) outline: Outline<'a>,
    /// They make it one that the library reads in the same way.
    pub(super) edits: Vec<Edit>,
    pub(super) numbers: Reading<'a>,
}

/// Reads a whole document.
pub(super) fn read<'a>(text: &'a str, tokens: &[Token]) -> Result<Read<'a>, Fault> {
    let mut reader = Reader {
        text,
        tokens,
        at: 0,
        outline: Outline::default(),
        edits: Vec::new(),
        numbers: Reading::default(),
        objects: 0,
        input_fields: HashSet::new(),
    };
    let mut operations = HashSet::new();
    let mut fragments = HashSet::new();
    let mut anonymous = false;
    while reader.peek().is_some() {
        let definition = reader.definition()?;
        let invalid = |message: &str| Err(Fault::new(Code::ValidationFailed, message, definition.at));
        match (definition.kind, definition.name) {
            (Some(_), Some(name)) if !operations.insert(name) => return invalid("Two operations have this name."),
            (None, Some(name)) if !fragments.insert(name) => return invalid("Two fragments have this name."),
            (Some(_), None) if anonymous => return invalid("Only one operation may be without a name."),
            (Some(_), None) => anonymous = true,
            _ => {}
        }
        if anonymous && !operations.is_empty() {
            return invalid("An operation without a name must be the document's only one.");
        }
        reader.outline.definitions.push(definition);
    }
    Ok(Read { outline: reader.outline, edits: reader.edits, numbers: reader.numbers })
}

pub(super) struct Reader<'a, 't> {
    pub(super) text: &'a str,
    pub(super) tokens: &'t [Token],
    pub(super) at: usize,
    outline: Outline<'a>,
    pub(super) edits: Vec<Edit>,
    pub(super) numbers: Reading<'a>,
    /// Input objects so far; the number is an object's identity.
    pub(super) objects: usize,
    pub(super) input_fields: HashSet<(usize, &'a str)>,
}

impl<'a> Reader<'a, '_> {
    pub(super) fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Result<Token, Fault> {
        let token = self.peek().ok_or_else(|| Fault::syntax("The document ends too early.", self.text.len()))?;
        self.at += 1;
        Ok(token)
    }

    pub(super) fn next_is(&self, kind: Kind) -> bool {
        self.peek().is_some_and(|token| token.kind == kind)
    }

    pub(super) fn skip(&mut self, kind: Kind) -> bool {
        let found = self.next_is(kind);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, kind: Kind, what: &str) -> Result<Token, Fault> {
        match self.next()? {
            token if token.kind == kind => Ok(token),
            token => Err(Fault::syntax(format!("Expected {what}."), token.start)),
        }
    }

    pub(super) fn text_of(&self, token: Token) -> &'a str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    pub(super) fn name(&mut self) -> Result<&'a str, Fault> {
        let token = self.expect(Kind::Name, "a name")?;
        Ok(self.text_of(token))
    }

    pub(super) fn edit(&mut self, start: usize, end: usize, text: String) {
        self.edits.push(Edit { start, end, text });
    }

    /// Blanks a description, if there is one.
    pub(super) fn description(&mut self) -> bool {
        match self.peek() {
            Some(Token { kind: Kind::Text | Kind::OtherText, start, end }) => {
                self.at += 1;
                self.edit(start, end, String::new());
                true
            }
            _ => false,
        }
    }

    fn definition(&mut self) -> Result<Definition<'a>, Fault> {
        let described = self.description();
        let first = self.outline.nodes.len();
        let start = self.next()?;
        let (mut name, mut directives) = (None, 0);
        let kind = match (start.kind, self.text_of(start)) {
            (Kind::OpenBrace, _) if !described => {
                self.at -= 1;
                Some(outline::Kind::Query)
            }
            (Kind::Name, "fragment") => {
                name = Some(match self.name()? {
                    "on" => return Err(Fault::syntax("A fragment may not be called \"on\".", start.start)),
                    name => name,
                });
                self.type_condition()?;
                directives = self.directives(false)?;
                None
            }
            (Kind::Name, word @ ("query" | "mutation" | "subscription")) => {
                name = if self.next_is(Kind::Name) { Some(self.name()?) } else { None };
                self.variable_definitions()?;
                directives = self.directives(false)?;
                Some(match word {
                    "query" => outline::Kind::Query,
                    "mutation" => outline::Kind::Mutation,
                    _ => outline::Kind::Subscription,
                })
            }
            _ => return Err(Fault::syntax("Expected an operation or a fragment.", start.start)),
        };
        self.selections()?;
        Ok(Definition { kind, name, directives, first, end: self.outline.nodes.len(), at: start.start })
    }

    /// `on Type`; a comment between the two is blanked, because the library takes none there.
    fn type_condition(&mut self) -> Result<(), Fault> {
        let on = self.expect(Kind::Name, "\"on\"")?;
        if self.text_of(on) != "on" {
            return Err(Fault::syntax("Expected \"on\".", on.start));
        }
        let condition = self.expect(Kind::Name, "a type's name")?;
        if self.text.get(on.end..condition.start).is_some_and(|gap| gap.contains('#')) {
            self.edit(on.end, condition.start, String::new());
        }
        Ok(())
    }

    fn selections(&mut self) -> Result<(), Fault> {
        let mut open: Vec<Option<usize>> = Vec::new();
        let mut parent = None;
        let mut empty = true;
        self.expect(Kind::OpenBrace, "a selection set")?;
        loop {
            let token = self.next()?;
            let (selection, directives) = match token.kind {
                Kind::CloseBrace if !empty => match open.pop() {
                    Some(outer) => {
                        parent = outer;
                        continue;
                    }
                    None => return Ok(()),
                },
                Kind::Spread => self.fragment()?,
                Kind::Name => self.field(token)?,
                _ => return Err(Fault::syntax("Expected a field or a fragment.", token.start)),
            };
            let must_have_set = matches!(selection, Selection::Inline);
            let may_have_set = !matches!(selection, Selection::Spread(_));
            let has_set = may_have_set && self.skip(Kind::OpenBrace);
            if must_have_set && !has_set {
                return Err(Fault::syntax("An inline fragment needs a selection set.", token.start));
            }
            self.outline.nodes.push(Node { parent, selection, directives, has_set, at: token.start });
            empty = has_set;
            if has_set {
                open.push(parent);
                parent = Some(self.outline.nodes.len() - 1);
            }
        }
    }

    /// What stands behind `...`, up to its selection set.
    fn fragment(&mut self) -> Result<(Selection<'a>, usize), Fault> {
        match self.peek() {
            Some(token) if token.kind == Kind::Name && self.text_of(token) != "on" => {
                let name = self.name()?;
                Ok((Selection::Spread(name), self.directives(false)?))
            }
            Some(token) if token.kind == Kind::Name => {
                self.type_condition()?;
                Ok((Selection::Inline, self.directives(false)?))
            }
            _ => Ok((Selection::Inline, self.directives(false)?)),
        }
    }

    fn field(&mut self, first: Token) -> Result<(Selection<'a>, usize), Fault> {
        let mut name = self.text_of(first);
        let aliased = self.skip(Kind::Colon);
        if aliased {
            let alias = name;
            name = self.name()?;
            // Relay's compiler writes `__isNode: __typename`.
            if alias.starts_with("__") && name != "__typename" {
                let message = "An alias may not begin with \"__\": such names belong to introspection.";
                return Err(Fault::new(Code::ValidationFailed, message, first.start));
            }
        }
        self.arguments(false)?;
        Ok((Selection::Field { name, aliased }, self.directives(false)?))
    }
}
