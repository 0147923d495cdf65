//! The grammar of the reference: operator precedence, after Pratt, on a stack of its own.
//!
//! What the reference finds in its second pass over the tree is found here as soon as an expression is complete, but
//! said only when all of the text was read: errors of the grammar come first.

mod parts;

use crate::MAX_DEPTH;
use crate::error::{Reason, Span, SyntaxError};
use crate::lexer::{Kind, Lexer, Next, Token};
use crate::shape::{self, Parents, Shape, Step, Steps};

/// What an expression is for the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Variable,
    /// `function` or `λ`, which make a call a definition.
    Function,
    Other,
}

/// An expression that was read.
struct Node {
    start: usize,
    form: Form,
    /// How many expressions stand within each other, this one included.
    depth: usize,
    shape: Shape,
    /// What the reference's second pass would say of it.
    error: Option<Box<SyntaxError>>,
}

/// What is gathered of the expressions within another one.
struct Inside {
    start: usize,
    operator: Span,
    depth: usize,
    parents: Option<Parents>,
    error: Option<Box<SyntaxError>>,
}

/// A call, or the definition of a function.
struct Call {
    callee: Node,
    inside: Inside,
    /// The first argument that cannot be a parameter.
    no_parameter: Option<Span>,
}

/// What goes on when an expression is complete.
enum Then {
    Whole,
    Negate(Inside),
    /// An operator both sides of which may look for parents.
    Binary(Inside),
    /// `~>`, neither side of which may.
    Apply(Inside),
    Step(Node, Inside),
    Predicate(Node, Inside),
    Focus(Node, Inside),
    Index(Node, Inside),
    Block(Inside),
    Item(Inside),
    RangeEnd(Inside),
    Key(Option<Node>, Inside),
    Value(Option<Node>, Inside),
    Term(Node, Inside),
    Argument(Box<Call>),
    Body(Inside),
    Consequent(Inside),
    Transform(Part, Inside),
}

/// Where in a transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Pattern,
    Update,
    Delete,
}

/// An expression that is being read, up to an operator that binds no tighter than `power`.
struct Level {
    power: u8,
    then: Then,
}

enum Turn {
    Operand,
    /// What is complete, unless an operator follows.
    Operator(Node),
    Done(Node),
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    /// The next word, not yet taken.
    token: Token,
    /// Where the last word that was taken ends.
    end: usize,
    levels: Vec<Level>,
    steps: Steps,
}

pub(crate) fn parse(source: &str) -> Result<(), SyntaxError> {
    let mut lexer = Lexer::new(source);
    let token = lexer.next(Next::Operand)?;
    let mut parser = Parser { lexer, token, end: 0, levels: Vec::new(), steps: Steps::default() };
    let mut turn = parser.open(0, Then::Whole)?;
    let whole = loop {
        turn = match turn {
            Turn::Operand => parser.operand()?,
            Turn::Operator(node) => parser.operator(node)?,
            Turn::Done(node) => break node,
        };
    };
    if parser.token.kind != Kind::End {
        return Err(SyntaxError::new(parser.token.span, Reason::Trailing));
    }
    if let Some(error) = whole.error {
        return Err(*error);
    }
    match whole.shape.into_parents() {
        None => Ok(()),
        // A `%` that found its parent where the reference keeps looking is shown by all of the expression.
        Some(parents) => {
            let span = parents.first().map_or(Span { start: whole.start, end: parser.end }, |(_, span)| *span);
            Err(SyntaxError::new(span, Reason::NoParent))
        }
    }
}

impl Inside {
    const fn new(start: usize, operator: Span) -> Self {
        Self { start, operator, depth: 0, parents: None, error: None }
    }

    /// An operator behind an expression, which it is about.
    fn behind(left: &mut Node, operator: Span) -> Self {
        Self { depth: left.depth, error: left.error.take(), ..Self::new(left.start, operator) }
    }

    /// Takes notice of a part whose parents are lost.
    fn contain(&mut self, part: &mut Node) {
        self.depth = self.depth.max(part.depth);
        self.error = self.error.take().or_else(|| part.error.take());
    }

    fn note<T>(&mut self, result: Result<T, SyntaxError>) -> Option<T> {
        result.map_err(|error| self.error.get_or_insert_with(|| Box::new(error))).ok()
    }
}

impl Parser<'_> {
    /// Whether the next word is this operator.
    fn is(&self, operator: &str) -> bool {
        self.token.kind == Kind::Operator && self.lexer.text(self.token) == operator
    }

    fn take(&mut self, next: Next) -> Result<Token, SyntaxError> {
        self.end = self.token.span.end;
        Ok(std::mem::replace(&mut self.token, self.lexer.next(next)?))
    }

    /// Takes this operator if it is next.
    fn took(&mut self, operator: &str) -> Result<bool, SyntaxError> {
        let next = self.is(operator);
        if next {
            self.take(Next::Operand)?;
        }
        Ok(next)
    }

    fn expect(&mut self, operator: &'static str, next: Next) -> Result<(), SyntaxError> {
        if !self.is(operator) {
            return Err(SyntaxError::new(self.token.span, Reason::Expected(operator)));
        }
        self.take(next).map(drop)
    }

    /// How tightly the next word binds what is left of it.
    fn power(&self) -> u8 {
        if self.token.kind == Kind::Operator { power(self.lexer.text(self.token)) } else { 0 }
    }

    /// Begins an expression up to an operator that binds no tighter than `power`.
    fn open(&mut self, power: u8, then: Then) -> Result<Turn, SyntaxError> {
        if self.levels.len() == MAX_DEPTH {
            return Err(SyntaxError::new(self.token.span, Reason::Depth));
        }
        self.levels.push(Level { power, then });
        Ok(Turn::Operand)
    }

    /// An expression is complete, unless an operator follows.
    fn close(&self, inside: Inside, shape: Shape) -> Result<Turn, SyntaxError> {
        self.leaf(inside.start, Form::Other, inside.depth, shape, inside.error)
    }

    fn leaf(
        &self,
        start: usize,
        form: Form,
        within: usize,
        shape: Shape,
        error: Option<Box<SyntaxError>>,
    ) -> Result<Turn, SyntaxError> {
        if within == MAX_DEPTH {
            return Err(SyntaxError::new(Span { start, end: self.end }, Reason::Depth));
        }
        Ok(Turn::Operator(Node { start, form, depth: within + 1, shape, error }))
    }

    /// What looks for parents as its parts do.
    fn close_other(&self, mut inside: Inside) -> Result<Turn, SyntaxError> {
        let parents = inside.parents.take();
        let step = Step { parents, ..Step::new(shape::Kind::Other, inside.operator) };
        self.close(inside, Shape::Step(step))
    }

    /// Takes notice of a part that looks for parents.
    fn adopt(&mut self, inside: &mut Inside, mut part: Node) {
        inside.contain(&mut part);
        let adopted = self.steps.adopt(&mut inside.parents, part.shape);
        inside.note(adopted);
    }

    /// What an expression begins with.
    fn operand(&mut self) -> Result<Turn, SyntaxError> {
        let token = self.take(Next::Infix)?;
        let span = token.span;
        let step = |kind| Shape::Step(Step::new(kind, span));
        let (mut form, mut error) = (Form::Other, None);
        let shape = match token.kind {
            Kind::Name => {
                if matches!(self.lexer.name(token), "function" | "λ") {
                    form = Form::Function;
                }
                Shape::name(span)
            }
            Kind::Variable => {
                form = Form::Variable;
                step(shape::Kind::Other)
            }
            Kind::Text => step(shape::Kind::Text),
            Kind::Number => step(shape::Kind::Constant { number: true }),
            Kind::Value => step(shape::Kind::Constant { number: false }),
            Kind::Regex => step(shape::Kind::Other),
            Kind::End => {
                error = Some(Box::new(SyntaxError::new(span, Reason::UnexpectedEnd)));
                step(shape::Kind::Other)
            }
            Kind::Operator => {
                let inside = Inside::new(span.start, span);
                match self.lexer.text(token) {
                    "and" | "or" | "in" => Shape::name(span),
                    "*" => step(shape::Kind::Wildcard),
                    "**" => step(shape::Kind::Other),
                    "%" => step(shape::Kind::Parent),
                    "-" => return self.open(70, Then::Negate(inside)),
                    "(" if self.is(")") => return self.end_block(inside, None),
                    "(" => return self.open(0, Then::Block(inside)),
                    "[" if self.is("]") => return self.end_array(inside),
                    "[" => return self.open(0, Then::Item(inside)),
                    "{" if self.is("}") => return self.end_object(None, inside),
                    "{" => return self.open(0, Then::Key(None, inside)),
                    "|" => return self.open(0, Then::Transform(Part::Pattern, inside)),
                    _ => return Err(SyntaxError::new(span, Reason::NotPrefix)),
                }
            }
        };
        self.leaf(span.start, form, 0, shape, error)
    }

    /// What follows an expression: an operator that binds it, or the end of what it stands in.
    fn operator(&mut self, node: Node) -> Result<Turn, SyntaxError> {
        if self.levels.last().is_some_and(|level| level.power < self.power()) {
            let operator = self.take(Next::Operand)?;
            return self.infix(operator, node);
        }
        match self.levels.pop() {
            Some(level) => self.resume(level.then, node),
            None => Ok(Turn::Done(node)),
        }
    }

    /// An operator behind an expression.
    fn infix(&mut self, operator: Token, mut left: Node) -> Result<Turn, SyntaxError> {
        let text = self.lexer.text(operator);
        if text == "[" && self.took("]")? {
            return Ok(Turn::Operator(left));
        }
        if text == ":=" && left.form != Form::Variable {
            return Err(SyntaxError::new(operator.span.from(left.start), Reason::AssignmentTarget));
        }
        if text == "(" {
            let inside = Inside { depth: left.depth, ..Inside::new(left.start, operator.span) };
            return self.argument(Box::new(Call { callee: left, inside, no_parameter: None }));
        }
        let mut inside = Inside::behind(&mut left, operator.span);
        match text {
            "." => self.open(75, Then::Step(left, inside)),
            "[" => {
                let taken = left.shape.takes_predicate(operator.span);
                inside.note(taken);
                self.open(0, Then::Predicate(left, inside))
            }
            "{" => {
                let grouped = left.shape.group(operator.span);
                inside.note(grouped);
                if self.is("}") {
                    return self.end_object(Some(left), inside);
                }
                self.open(0, Then::Key(Some(left), inside))
            }
            "^" => {
                self.expect("(", Next::Operand)?;
                self.term(left, inside)
            }
            "@" => self.open(80, Then::Focus(left, inside)),
            "#" => self.open(80, Then::Index(left, inside)),
            "~>" => self.open(power(text), Then::Apply(inside)),
            ":=" => self.open(9, Then::Binary(inside)),
            "?" => {
                self.adopt(&mut inside, left);
                self.open(0, Then::Consequent(inside))
            }
            _ => {
                let power = if matches!(text, "?:" | "??") { 0 } else { power(text) };
                self.adopt(&mut inside, left);
                self.open(power, Then::Binary(inside))
            }
        }
    }
}

/// How tightly an operator binds what is left of it.
fn power(operator: &str) -> u8 {
    match operator {
        "[" | "(" | "@" | "#" => 80,
        "." => 75,
        "{" => 70,
        "*" | "/" | "%" => 60,
        "+" | "-" | "&" => 50,
        "=" | "!=" | "<" | "<=" | ">" | ">=" | "^" | "~>" | "?:" | "??" | "in" => 40,
        "and" => 30,
        "or" => 25,
        "?" => 20,
        ":=" => 10,
        _ => 0,
    }
}
