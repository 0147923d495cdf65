//! Whether a text is `JSONata`.
//!
//! This is the grammar of the reference implementation (operator precedence, after Pratt) without its tree. It refuses
//! only what the reference's parser refuses: what takes more than the grammar to find, such as a parent operator above
//! the input or a regular expression that does not compile, passes.

mod lexer;
#[cfg(test)]
mod tests;

use lexer::{Kind, Lexer, Next, Token};

/// How deep expressions may stand in each other. Each bracket takes one level, and one for each operator between it
/// and the next; a chain of conditions, operators or steps takes none.
const DEEPEST: usize = 250;
/// How much of a text an error shows, in characters.
const LONGEST_QUOTE: usize = 40;

/// Why a text is not `JSONata`, and where, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    at: usize,
    why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Says(&'static str),
    TooDeep,
    /// What ends there does not belong there, and perhaps what does.
    Unexpected {
        end: usize,
        wanted: Option<&'static str>,
    },
}

impl SyntaxError {
    const fn new(at: usize, says: &'static str) -> Self {
        Self { at, why: Why::Says(says) }
    }

    const fn unexpected(token: Token) -> Self {
        Self { at: token.start, why: Why::Unexpected { end: token.end, wanted: None } }
    }

    /// In words, with the line and the column in the text.
    pub(super) fn describe(&self, source: &str) -> String {
        let why = match self.why {
            Why::Says(says) => says.to_owned(),
            Why::TooDeep => format!("expressions stand in each other more than {DEEPEST} levels deep"),
            Why::Unexpected { end, wanted } => {
                let found = match source.get(self.at..end) {
                    Some("") | None => "the end".to_owned(),
                    Some(found) => format!("`{}`", found.chars().take(LONGEST_QUOTE).collect::<String>()),
                };
                let wanted = wanted.map(|wanted| format!(" where `{wanted}` is expected")).unwrap_or_default();
                format!("unexpected {found}{wanted}")
            }
        };
        let before = source.get(..self.at).unwrap_or(source);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("It is not JSONata: {why} (line {line}, column {column}).")
    }
}

/// Whether the text is one `JSONata` expression.
pub(super) fn check(source: &str) -> Result<(), SyntaxError> {
    let mut lexer = Lexer::new(source);
    let token = lexer.next(Next::Operand)?;
    let mut parser = Parser { lexer, token, depth: 0 };
    parser.expression(0)?;
    if parser.token.kind == Kind::End { Ok(()) } else { Err(SyntaxError::unexpected(parser.token)) }
}

/// What an expression is, as far as the grammar asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Variable,
    /// `function` or `λ`, which make a call a definition.
    Function,
    Constant,
    Other,
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    /// The next word, not yet taken.
    token: Token,
    depth: usize,
}

impl Parser<'_> {
    /// Whether the next word is this operator.
    fn is(&self, operator: &str) -> bool {
        self.token.kind == Kind::Operator && self.lexer.text(self.token) == operator
    }

    fn take(&mut self, next: Next) -> Result<Token, SyntaxError> {
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
            let why = Why::Unexpected { end: self.token.end, wanted: Some(operator) };
            return Err(SyntaxError { at: self.token.start, why });
        }
        self.take(next).map(drop)
    }

    /// How tightly the next word binds what is left of it.
    fn power(&self) -> u8 {
        if self.token.kind == Kind::Operator { power(self.lexer.text(self.token)) } else { 0 }
    }

    /// An expression up to an operator that binds no tighter than `power`.
    fn expression(&mut self, mut power: u8) -> Result<Shape, SyntaxError> {
        if self.depth == DEEPEST {
            return Err(SyntaxError { at: self.token.start, why: Why::TooDeep });
        }
        self.depth += 1;
        let mut chained = false;
        let shape = 'chain: loop {
            let start = self.token.start;
            let mut left = self.operand()?;
            while power < self.power() {
                let operator = self.take(Next::Operand)?;
                // What ends in an expression of its own goes on here instead of one level deeper.
                match self.lexer.text(operator) {
                    "?" => {
                        self.expression(0)?;
                        if self.took(":")? {
                            (power, chained) = (0, true);
                            continue 'chain;
                        }
                        left = Shape::Other;
                    }
                    "?:" | "??" => {
                        (power, chained) = (0, true);
                        continue 'chain;
                    }
                    ":=" => {
                        if left != Shape::Variable {
                            return Err(SyntaxError::new(start, "the left side of `:=` must be a variable"));
                        }
                        (power, chained) = (9, true);
                        continue 'chain;
                    }
                    _ => left = self.infix(operator, left, start)?,
                }
            }
            break left;
        };
        self.depth -= 1;
        Ok(if chained { Shape::Other } else { shape })
    }

    /// What an expression begins with.
    fn operand(&mut self) -> Result<Shape, SyntaxError> {
        let token = self.take(Next::Infix)?;
        let text = self.lexer.text(token);
        match token.kind {
            Kind::Name if matches!(text.trim_matches('`'), "function" | "λ") => return Ok(Shape::Function),
            Kind::Name | Kind::Text | Kind::Regex => {}
            Kind::Variable => return Ok(Shape::Variable),
            Kind::Constant => return Ok(Shape::Constant),
            Kind::End => return Err(SyntaxError::unexpected(token)),
            Kind::Operator => match text {
                "*" | "**" | "%" | "and" | "or" | "in" => {}
                "-" => self.expression(70).map(drop)?,
                "(" => self.block()?,
                "[" => self.array()?,
                "{" => self.object()?,
                "|" => self.transform()?,
                _ => return Err(SyntaxError::unexpected(token)),
            },
        }
        Ok(Shape::Other)
    }

    /// What follows an expression.
    fn infix(&mut self, operator: Token, left: Shape, start: usize) -> Result<Shape, SyntaxError> {
        match self.lexer.text(operator) {
            "(" => self.call(left)?,
            "{" => self.object()?,
            "^" => self.order()?,
            "[" if self.took("]")? => return Ok(left),
            "[" => {
                self.expression(0)?;
                self.expect("]", Next::Infix)?;
            }
            "@" | "#" => {
                let bound = self.token.start;
                if self.expression(80)? != Shape::Variable {
                    return Err(SyntaxError::new(bound, "the right side of `@` and `#` must be a variable"));
                }
            }
            "." => {
                let step = self.token.start;
                let right = self.expression(75)?;
                for (shape, at) in [(left, start), (right, step)] {
                    if shape == Shape::Constant {
                        return Err(SyntaxError::new(at, "a constant cannot be a step of a path"));
                    }
                }
            }
            other => self.expression(power(other)).map(drop)?,
        }
        Ok(Shape::Other)
    }

    /// `(a; b; c)`
    fn block(&mut self) -> Result<(), SyntaxError> {
        while !self.is(")") {
            self.expression(0)?;
            if !self.took(";")? {
                break;
            }
        }
        self.expect(")", Next::Infix)
    }

    /// `[a, b..c]`
    fn array(&mut self) -> Result<(), SyntaxError> {
        if !self.is("]") {
            loop {
                self.expression(0)?;
                if self.took("..")? {
                    self.expression(0)?;
                }
                if !self.took(",")? {
                    break;
                }
            }
        }
        self.expect("]", Next::Infix)
    }

    /// `{key: value}`, which constructs or groups.
    fn object(&mut self) -> Result<(), SyntaxError> {
        if !self.is("}") {
            loop {
                self.expression(0)?;
                self.expect(":", Next::Operand)?;
                self.expression(0)?;
                if !self.took(",")? {
                    break;
                }
            }
        }
        self.expect("}", Next::Infix)
    }

    /// `|where|update, delete|`
    fn transform(&mut self) -> Result<(), SyntaxError> {
        self.expression(0)?;
        self.expect("|", Next::Operand)?;
        self.expression(0)?;
        if self.took(",")? {
            self.expression(0)?;
        }
        self.expect("|", Next::Operand)
    }

    /// `^(<a, >b)`
    fn order(&mut self) -> Result<(), SyntaxError> {
        self.expect("(", Next::Operand)?;
        loop {
            if !self.took("<")? {
                self.took(">")?;
            }
            self.expression(0)?;
            if !self.took(",")? {
                break;
            }
        }
        self.expect(")", Next::Operand)
    }

    /// The arguments of a call, some of which may be left open, or a definition: `function($a, $b)<nn:n>{…}`
    fn call(&mut self, callee: Shape) -> Result<(), SyntaxError> {
        let mut no_parameter = None;
        if !self.is(")") {
            loop {
                let start = self.token.start;
                if self.took("?")? || self.expression(0)? != Shape::Variable {
                    no_parameter.get_or_insert(start);
                }
                if !self.took(",")? {
                    break;
                }
            }
        }
        self.expect(")", Next::Infix)?;
        if callee != Shape::Function {
            return Ok(());
        }
        if let Some(at) = no_parameter {
            return Err(SyntaxError::new(at, "the parameters of a function must be variables"));
        }
        if self.is("<") {
            self.signature()?;
        }
        self.expect("{", Next::Operand)?;
        self.expression(0)?;
        self.expect("}", Next::Operand)
    }

    fn signature(&mut self) -> Result<(), SyntaxError> {
        let mut depth = 1_usize;
        while depth > 0 && !self.is("{") && self.token.kind != Kind::End {
            self.take(Next::Operand)?;
            if self.is(">") {
                depth -= 1;
            } else if self.is("<") {
                depth += 1;
            }
        }
        self.expect(">", Next::Operand)
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
