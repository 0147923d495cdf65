//! What goes on when a part of an expression is complete.

use super::{Call, Form, Inside, Node, Parser, Part, Then, Turn};
use crate::error::{Reason, Span, SyntaxError};
use crate::lexer::{Kind, Next};
use crate::shape::Shape;
use crate::signature::Signature;

impl Parser<'_> {
    /// An expression is complete: back to where it stands.
    pub(super) fn resume(&mut self, then: Then, mut node: Node) -> Result<Turn, SyntaxError> {
        match then {
            Then::Whole => Ok(Turn::Done(node)),
            Then::Negate(mut inside) => {
                if node.shape.is_number() {
                    inside.contain(&mut node);
                    return self.close(inside, node.shape);
                }
                self.adopt(&mut inside, node);
                self.close_other(inside)
            }
            Then::Binary(mut inside) => {
                self.adopt(&mut inside, node);
                self.close_other(inside)
            }
            Then::Apply(mut inside) => {
                inside.contain(&mut node);
                self.close_other(inside)
            }
            Then::Step(left, mut inside) => {
                inside.contain(&mut node);
                let path = self.steps.step(left.shape, node.shape);
                self.close_noted(inside, path)
            }
            Then::Predicate(left, mut inside) => {
                self.expect("]", Next::Infix)?;
                inside.contain(&mut node);
                let filtered = self.steps.predicate(left.shape, node.shape);
                self.close_noted(inside, filtered)
            }
            Then::Focus(mut left, mut inside) => {
                self.bound(&node, "@")?;
                // For the reference, a variable without a name binds nothing.
                let bound = left.shape.focus(inside.operator, self.end > node.start + 1);
                inside.note(bound);
                self.close(inside, left.shape)
            }
            Then::Index(left, inside) => {
                self.bound(&node, "#")?;
                self.close(inside, left.shape.index())
            }
            Then::Block(inside) => self.block(inside, node),
            Then::Item(mut inside) => {
                self.adopt(&mut inside, node);
                if self.took("..")? { self.open(0, Then::RangeEnd(inside)) } else { self.item(inside) }
            }
            Then::RangeEnd(mut inside) => {
                self.adopt(&mut inside, node);
                self.item(inside)
            }
            Then::Key(left, mut inside) => {
                self.adopt(&mut inside, node);
                self.expect(":", Next::Operand)?;
                self.open(0, Then::Value(left, inside))
            }
            Then::Value(left, mut inside) => {
                self.adopt(&mut inside, node);
                if self.took(",")? { self.open(0, Then::Key(left, inside)) } else { self.end_object(left, inside) }
            }
            Then::Term(left, mut inside) => {
                self.adopt(&mut inside, node);
                if self.took(",")? {
                    return self.term(left, inside);
                }
                self.expect(")", Next::Operand)?;
                let parents = inside.parents.take();
                let sorted = self.steps.sort(left.shape, inside.operator, parents);
                self.close_noted(inside, sorted)
            }
            Then::Argument(mut call) => {
                if node.form != Form::Variable {
                    call.no_parameter.get_or_insert(Span { start: node.start, end: self.end });
                }
                self.adopt(&mut call.inside, node);
                if self.took(",")? { self.next_argument(call) } else { self.end_call(call) }
            }
            Then::Body(mut inside) => {
                self.expect("}", Next::Operand)?;
                inside.contain(&mut node);
                self.close_other(inside)
            }
            Then::Consequent(mut inside) => {
                self.adopt(&mut inside, node);
                if self.took(":")? { self.open(0, Then::Binary(inside)) } else { self.close_other(inside) }
            }
            Then::Transform(part, inside) => self.transform(part, inside, node),
        }
    }

    /// `|pattern|update, delete|`, in which parents are lost.
    fn transform(&mut self, part: Part, mut inside: Inside, mut node: Node) -> Result<Turn, SyntaxError> {
        inside.contain(&mut node);
        if part == Part::Update && self.took(",")? {
            return self.open(0, Then::Transform(Part::Delete, inside));
        }
        self.expect("|", Next::Operand)?;
        if part == Part::Pattern {
            return self.open(0, Then::Transform(Part::Update, inside));
        }
        self.close_other(inside)
    }

    /// What may have gone wrong in the second pass, and then is nothing in particular.
    fn close_noted(&self, mut inside: Inside, shape: Result<Shape, SyntaxError>) -> Result<Turn, SyntaxError> {
        let shape = inside.note(shape).unwrap_or(Shape::other(inside.operator));
        self.close(inside, shape)
    }

    fn bound(&self, variable: &Node, operator: &'static str) -> Result<(), SyntaxError> {
        if variable.form == Form::Variable {
            return Ok(());
        }
        Err(SyntaxError::new(Span { start: variable.start, end: self.end }, Reason::Binding(operator)))
    }

    /// `(a; b; c)`
    fn block(&mut self, mut inside: Inside, mut node: Node) -> Result<Turn, SyntaxError> {
        inside.contain(&mut node);
        if self.took(";")? && !self.is(")") {
            let adopted = self.steps.adopt(&mut inside.parents, node.shape);
            inside.note(adopted);
            return self.open(0, Then::Block(inside));
        }
        self.end_block(inside, Some(node.shape))
    }

    pub(super) fn end_block(&mut self, mut inside: Inside, last: Option<Shape>) -> Result<Turn, SyntaxError> {
        self.expect(")", Next::Infix)?;
        let parents = inside.parents.take();
        let block = self.steps.block(inside.operator, parents, last);
        self.close_noted(inside, block)
    }

    /// `[a, b..c]`
    fn item(&mut self, inside: Inside) -> Result<Turn, SyntaxError> {
        if self.took(",")? { self.open(0, Then::Item(inside)) } else { self.end_array(inside) }
    }

    pub(super) fn end_array(&mut self, inside: Inside) -> Result<Turn, SyntaxError> {
        self.expect("]", Next::Infix)?;
        self.close_other(inside)
    }

    /// `{key: value}`, which constructs, or groups what is left of it; in a group, parents are lost.
    pub(super) fn end_object(&mut self, left: Option<Node>, inside: Inside) -> Result<Turn, SyntaxError> {
        self.expect("}", Next::Infix)?;
        match left {
            Some(left) => self.close(inside, left.shape),
            None => self.close_other(inside),
        }
    }

    /// `^(<a, >b)`
    pub(super) fn term(&mut self, left: Node, inside: Inside) -> Result<Turn, SyntaxError> {
        if !self.took("<")? {
            self.took(">")?;
        }
        self.open(0, Then::Term(left, inside))
    }

    /// The arguments of a call, some of which may be left open, or a definition: `function($a, $b)<nn:n>{…}`
    pub(super) fn argument(&mut self, call: Box<Call>) -> Result<Turn, SyntaxError> {
        if self.is(")") { self.end_call(call) } else { self.next_argument(call) }
    }

    fn next_argument(&mut self, mut call: Box<Call>) -> Result<Turn, SyntaxError> {
        while self.is("?") {
            let open = self.take(Next::Operand)?;
            call.no_parameter.get_or_insert(open.span);
            if !self.took(",")? {
                return self.end_call(call);
            }
        }
        self.open(0, Then::Argument(call))
    }

    fn end_call(&mut self, call: Box<Call>) -> Result<Turn, SyntaxError> {
        self.expect(")", Next::Infix)?;
        let Call { mut callee, mut inside, no_parameter } = *call;
        if callee.form != Form::Function {
            // The reference looks at the arguments first.
            inside.contain(&mut callee);
            return self.close_other(inside);
        }
        if let Some(span) = no_parameter {
            return Err(SyntaxError::new(span, Reason::Parameter));
        }
        if self.is("<") {
            self.signature()?;
        }
        self.expect("{", Next::Operand)?;
        self.open(0, Then::Body(Inside::new(inside.start, inside.operator)))
    }

    fn signature(&mut self) -> Result<(), SyntaxError> {
        let mut signature = Signature::default();
        signature.add(&self.lexer, self.token);
        let mut depth = 1_usize;
        while depth > 0 && !self.is("{") && self.token.kind != Kind::End {
            self.take(Next::Operand)?;
            if self.is(">") {
                depth -= 1;
            } else if self.is("<") {
                depth += 1;
            }
            signature.add(&self.lexer, self.token);
        }
        self.expect(">", Next::Operand)?;
        signature.check()
    }
}
