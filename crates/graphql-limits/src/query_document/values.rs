//! Arguments, directives, variable definitions and the values in them.

use super::lexer::{Kind, Token};
use super::reader::Reader;
use super::strings;
use super::violation::{Code, Fault};

impl Reader<'_, '_> {
    pub(super) fn directives(&mut self, constant: bool) -> Result<usize, Fault> {
        let mut count = 0;
        while self.skip(Kind::At) {
            self.name()?;
            self.arguments(constant)?;
            count += 1;
        }
        Ok(count)
    }

    pub(super) fn arguments(&mut self, constant: bool) -> Result<(), Fault> {
        if !self.skip(Kind::OpenParen) {
            return Ok(());
        }
        loop {
            self.name()?;
            self.expect(Kind::Colon, "\":\"")?;
            self.value(constant)?;
            if self.skip(Kind::CloseParen) {
                return Ok(());
            }
        }
    }

    pub(super) fn variable_definitions(&mut self) -> Result<(), Fault> {
        if !self.skip(Kind::OpenParen) {
            return Ok(());
        }
        loop {
            self.description();
            self.expect(Kind::Dollar, "a variable")?;
            self.name()?;
            self.expect(Kind::Colon, "\":\"")?;
            self.variable_type()?;
            if self.skip(Kind::Equals) {
                self.value(true)?;
            }
            let behind = self.peek();
            if self.directives(true)? > 0 {
                // None is defined for this place, and the library has its order the other way round.
                let at = behind.map_or(0, |token| token.start);
                return Err(Fault::new(Code::ValidationFailed, "No directive may stand on a variable.", at));
            }
            if self.skip(Kind::CloseParen) {
                return Ok(());
            }
        }
    }

    /// A type; the library takes no blanks in one.
    fn variable_type(&mut self) -> Result<(), Fault> {
        let first = self.at;
        let mut lists = 0;
        while self.skip(Kind::OpenBracket) {
            lists += 1;
        }
        self.name()?;
        self.skip(Kind::Bang);
        for _ in 0..lists {
            self.expect(Kind::CloseBracket, "\"]\"")?;
            self.skip(Kind::Bang);
        }
        let tokens = self.tokens.get(first..self.at).unwrap_or_default();
        if tokens.iter().zip(tokens.iter().skip(1)).any(|(one, next)| one.end != next.start) {
            let (start, end) = (tokens.first().map_or(0, |one| one.start), tokens.last().map_or(0, |one| one.end));
            let closed_up = tokens.iter().map(|token| self.text_of(*token)).collect();
            self.edit(start, end, closed_up);
        }
        Ok(())
    }

    fn value(&mut self, constant: bool) -> Result<(), Fault> {
        // What is open: a list, or an input object with its number.
        let mut open: Vec<Option<usize>> = Vec::new();
        let start = self.peek().map_or(0, |token| token.start);
        self.numbers.begin(start);
        loop {
            let mut token = self.next()?;
            match (open.last().copied(), token.kind) {
                (Some(None), Kind::CloseBracket) | (Some(Some(_)), Kind::CloseBrace) => {
                    open.pop();
                    if open.is_empty() {
                        return Ok(());
                    }
                    continue;
                }
                (Some(Some(object)), _) => {
                    self.input_field(object, token)?;
                    token = self.next()?;
                }
                _ => {}
            }
            match token.kind {
                Kind::OpenBracket => open.push(None),
                Kind::OpenBrace => {
                    open.push(Some(self.objects));
                    self.objects += 1;
                }
                Kind::Dollar if !constant => {
                    self.name()?;
                }
                Kind::Name => self.word(token)?,
                Kind::Number => self.number(token),
                Kind::Text => {}
                Kind::OtherText => self.edit(token.start, token.end, strings::rewritten(self.text_of(token))),
                _ => return Err(Fault::syntax("Expected a value.", token.start)),
            }
            if open.is_empty() {
                return Ok(());
            }
        }
    }

    fn number(&mut self, token: Token) {
        let text = self.text_of(token);
        if !self.numbers.add(text) {
            // The library's parser would fail on it.
            self.edit(token.start, token.end, "0".to_owned());
        }
    }

    fn input_field(&mut self, object: usize, token: Token) -> Result<(), Fault> {
        if token.kind != Kind::Name {
            return Err(Fault::syntax("Expected an input field.", token.start));
        }
        if !self.input_fields.insert((object, self.text_of(token))) {
            return Err(Fault::new(Code::ValidationFailed, "This input object already has this field.", token.start));
        }
        self.expect(Kind::Colon, "\":\"")?;
        Ok(())
    }

    /// `true`, `false`, `null` or an enum value. The library would read `trueish` as `true` and something else.
    fn word(&self, token: Token) -> Result<(), Fault> {
        match self.text_of(token) {
            "true" | "false" | "null" => Ok(()),
            word if ["true", "false", "null"].iter().any(|keyword| word.starts_with(keyword)) => {
                Err(Fault::new(Code::ValidationFailed, "No enum has this value.", token.start))
            }
            _ => Ok(()),
        }
    }
}
