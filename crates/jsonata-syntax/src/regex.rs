//! Whether a text is a regular expression of JavaScript without the flags `u` and `v`, as ECMAScript 2024 has it with
//! its annex B.
//!
//! A single pass without recursion. (The crate `regress` is a complete engine for the same dialect, but takes `\b+`
//! and `\u{61}+`, ends at 256 groups in each other, and nests its tree, and so the call stack, with every `|`.)

use std::collections::HashSet;

use unicode_id_start::{is_id_continue, is_id_start};

/// How many groups may capture in V8.
const MAX_CAPTURES: usize = 65_535;
/// Where V8 stops counting repetitions.
const INFINITY: u32 = i32::MAX as u32;

/// What is wrong, and at which unit of the pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub at: usize,
    pub why: &'static str,
}

/// Whether a pattern, in units of UTF-16, is a regular expression.
pub(crate) fn check(pattern: impl Iterator<Item = u16>) -> Result<(), Fault> {
    let pattern: Vec<u16> = pattern.collect();
    let mut pattern = Pattern { units: &pattern, at: 0, named: false, names: HashSet::new(), references: Vec::new() };
    pattern.named = pattern.has_named_group();
    pattern.check()
}

struct Pattern<'p> {
    units: &'p [u16],
    at: usize,
    /// Whether any group has a name, which makes `\k` refer to one.
    named: bool,
    /// What groups are called.
    names: HashSet<String>,
    /// What `\k<…>` refers to, and where it stands.
    references: Vec<(usize, String)>,
}

impl Pattern<'_> {
    fn unit(&self, at: usize) -> Option<u16> {
        self.units.get(at).copied()
    }

    /// The unit at a place if it is ASCII; anything else stands for itself in a regular expression.
    fn ascii(&self, at: usize) -> Option<u8> {
        self.unit(at).map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(0x7f))
    }

    fn starts_with(&self, text: &str) -> bool {
        self.units.get(self.at..).is_some_and(|rest| {
            let mut rest = rest.iter().copied();
            text.encode_utf16().all(|unit| rest.next() == Some(unit))
        })
    }

    /// Moves over a text if it is next.
    fn took(&mut self, text: &str) -> bool {
        let next = self.starts_with(text);
        if next {
            self.at += text.len();
        }
        next
    }

    fn check(mut self) -> Result<(), Fault> {
        /// A group that is open.
        struct Group {
            at: usize,
            repeatable: bool,
        }
        let mut groups: Vec<Group> = Vec::new();
        let mut captures = 0;
        while let Some(byte) = self.ascii(self.at) {
            let start = self.at;
            let fault = |why| Err(Fault { at: start, why });
            self.at += 1;
            let repeatable = match byte {
                b'|' => continue,
                b'(' => {
                    let (counts, repeatable) = self.group(start)?;
                    captures += usize::from(counts);
                    if captures > MAX_CAPTURES {
                        return fault("too many groups capture");
                    }
                    groups.push(Group { at: start, repeatable });
                    continue;
                }
                b')' => match groups.pop() {
                    Some(group) => group.repeatable,
                    None => return fault("`)` closes nothing"),
                },
                b'^' | b'$' => false,
                b'*' | b'+' | b'?' => return fault("there is nothing to repeat"),
                b'{' => {
                    self.at = start;
                    if self.interval().is_some() {
                        return fault("there is nothing to repeat");
                    }
                    self.at = start + 1;
                    true
                }
                b'[' => self.class(start)?,
                b'\\' => self.escape(start)?,
                _ => true,
            };
            let quantifier = self.at;
            let (least, most) = match self.ascii(self.at) {
                Some(b'*' | b'+' | b'?') => {
                    self.at += 1;
                    (0, INFINITY)
                }
                _ => match self.interval() {
                    Some(interval) => interval,
                    None => continue,
                },
            };
            let fault = |why| Err(Fault { at: quantifier, why });
            if !repeatable {
                return fault("there is nothing to repeat");
            }
            if least > most {
                return fault("the numbers of a repetition are out of order");
            }
            self.took("?");
        }
        if let Some(group) = groups.pop() {
            return Err(Fault { at: group.at, why: "the group has no end" });
        }
        match self.references.iter().find(|(_, name)| !self.names.contains(name)) {
            Some(&(at, _)) => Err(Fault { at, why: "no group has this name" }),
            None => Ok(()),
        }
    }

    /// Behind the parenthesis that opens a group: whether it captures, and whether it can be repeated.
    fn group(&mut self, start: usize) -> Result<(bool, bool), Fault> {
        if !self.took("?") {
            return Ok((true, true));
        }
        if self.took(":") || self.took("=") || self.took("!") {
            return Ok((false, true));
        }
        if self.took("<=") || self.took("<!") {
            return Ok((false, false));
        }
        if !self.took("<") {
            return Err(Fault { at: start, why: "this kind of group does not exist" });
        }
        let at = self.at;
        let Some(name) = self.name() else {
            return Err(Fault { at, why: "the name of a group must be an identifier" });
        };
        if self.names.insert(name) { Ok((true, true)) } else { Err(Fault { at, why: "two groups have the same name" }) }
    }

    /// A name up to its `>`.
    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        loop {
            let letter = self.letter()?;
            match letter {
                '>' if !name.is_empty() => return Some(name),
                '$' | '_' => {}
                '\u{200c}' | '\u{200d}' if !name.is_empty() => {}
                _ if name.is_empty() && is_id_start(letter) => {}
                _ if !name.is_empty() && is_id_continue(letter) => {}
                _ => return None,
            }
            name.push(letter);
        }
    }

    /// A character of a name, perhaps as `\u1234`, as two of them, or as `\u{1234}`.
    fn letter(&mut self) -> Option<char> {
        if self.took("\\u{") {
            let mut value = 0_u32;
            let mut digits = 0;
            while let Some(digit) = self.digit(self.at, 16) {
                value = value.saturating_mul(16).saturating_add(digit);
                (self.at, digits) = (self.at + 1, digits + 1);
            }
            return if digits > 0 && self.took("}") { char::from_u32(value) } else { None };
        }
        let first = self.half()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first.into());
        }
        let second = self.half()?;
        char::decode_utf16([first, second]).next()?.ok()
    }

    /// A unit of a name, perhaps as `\u1234`.
    fn half(&mut self) -> Option<u16> {
        let unit = self.unit(self.at)?;
        if unit != u16::from(b'\\') {
            self.at += 1;
            return Some(unit);
        }
        if !self.took("\\u") {
            return None;
        }
        let value = self.hexadecimal(self.at, 4)?;
        self.at += 4;
        Some(value)
    }

    fn digit(&self, at: usize, radix: u32) -> Option<u32> {
        self.unit(at).and_then(|unit| char::from_u32(unit.into())).and_then(|digit| digit.to_digit(radix))
    }

    fn hexadecimal(&self, at: usize, length: usize) -> Option<u16> {
        let digits = (at..at + length).map(|at| self.digit(at, 16));
        let mut value = 0;
        for digit in digits {
            value = value * 16 + digit?;
        }
        u16::try_from(value).ok()
    }

    /// `{1}`, `{1,}` or `{1,2}`, if that is next.
    fn interval(&mut self) -> Option<(u32, u32)> {
        let start = self.at;
        let interval = self.braces();
        if interval.is_none() {
            self.at = start;
        }
        interval
    }

    fn braces(&mut self) -> Option<(u32, u32)> {
        if !self.took("{") {
            return None;
        }
        let least = self.count()?;
        let most = if self.took(",") { self.count().unwrap_or(INFINITY) } else { least };
        self.took("}").then_some((least, most))
    }

    fn count(&mut self) -> Option<u32> {
        let mut value = None;
        while let Some(digit) = self.digit(self.at, 10) {
            value = Some(value.unwrap_or(0_u32).saturating_mul(10).saturating_add(digit).min(INFINITY));
            self.at += 1;
        }
        value
    }

    /// Whether a group seems to have a name; if that is wrong, it is an error of its own.
    fn has_named_group(&self) -> bool {
        let (mut at, mut within_class) = (0, false);
        while let Some(byte) = self.ascii(at) {
            match byte {
                b'\\' => at += 1,
                b'[' => within_class = true,
                b']' => within_class = false,
                b'(' if !within_class => {
                    let next = [at + 1, at + 2, at + 3].map(|at| self.ascii(at));
                    if matches!(next, [Some(b'?'), Some(b'<'), kind] if !matches!(kind, Some(b'=' | b'!'))) {
                        return true;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        false
    }

    /// Behind a backslash that stands outside of brackets: whether it can be repeated.
    fn escape(&mut self, start: usize) -> Result<bool, Fault> {
        let Some(byte) = self.ascii(self.at) else {
            return Err(Fault { at: start, why: "a backslash must not be last" });
        };
        match byte {
            // With a letter it is a control character, without one a backslash that stands for itself.
            b'c' => return Ok(true),
            b'k' if self.named => {
                self.at += 1;
                let Some(name) = self.took("<").then(|| self.name()).flatten() else {
                    return Err(Fault { at: start, why: "`\\k` must be followed by a group's name" });
                };
                self.references.push((start, name));
            }
            _ => self.at += 1,
        }
        Ok(!matches!(byte, b'b' | b'B'))
    }

    /// Behind the bracket that opens a class.
    fn class(&mut self, start: usize) -> Result<bool, Fault> {
        self.took("^");
        while self.at < self.units.len() {
            let first_at = self.at;
            if self.took("]") {
                return Ok(true);
            }
            let first = self.class_atom()?;
            if !self.took("-") || self.starts_with("]") || self.at == self.units.len() {
                continue;
            }
            let last = self.class_atom()?;
            if first.zip(last).is_some_and(|(first, last)| first > last) {
                return Err(Fault { at: first_at, why: "the ends of a range are out of order" });
            }
        }
        Err(Fault { at: start, why: "the class has no end" })
    }

    /// A unit within brackets, or a class of its own, such as `\d`.
    fn class_atom(&mut self) -> Result<Option<u16>, Fault> {
        let start = self.at;
        let unit = self.unit(start);
        self.at += 1;
        if unit != Some(u16::from(b'\\')) {
            return Ok(unit);
        }
        let Some(escaped) = self.unit(self.at) else {
            return Err(Fault { at: start, why: "a backslash must not be last" });
        };
        self.at += 1;
        let value = match u8::try_from(escaped).unwrap_or_default() {
            b'd' | b'D' | b's' | b'S' | b'w' | b'W' => return Ok(None),
            b'k' if self.named => return Err(Fault { at: start, why: "`\\k` must not stand in a class" }),
            b'b' => 0x08,
            b't' => 0x09,
            b'n' => 0x0a,
            b'v' => 0x0b,
            b'f' => 0x0c,
            b'r' => 0x0d,
            b'c' => {
                if let Some(control @ (b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_')) = self.ascii(self.at) {
                    self.at += 1;
                    u16::from(control & 0x1f)
                } else {
                    self.at -= 1;
                    u16::from(b'\\')
                }
            }
            b'0'..=b'7' => {
                self.at -= 1;
                self.octal()
            }
            b'x' => self.hexadecimal_or(2, escaped),
            b'u' => self.hexadecimal_or(4, escaped),
            _ => escaped,
        };
        Ok(Some(value))
    }

    fn hexadecimal_or(&mut self, length: usize, letter: u16) -> u16 {
        let value = self.hexadecimal(self.at, length);
        if value.is_some() {
            self.at += length;
        }
        value.unwrap_or(letter)
    }

    /// Up to three digits, and no more than 255.
    fn octal(&mut self) -> u16 {
        let mut value = 0;
        for _ in 0..3 {
            let Some(digit) = self.digit(self.at, 8).and_then(|digit| u16::try_from(digit).ok()) else { break };
            if value * 8 + digit > 0xff {
                break;
            }
            value = value * 8 + digit;
            self.at += 1;
        }
        value
    }
}
