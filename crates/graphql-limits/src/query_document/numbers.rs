//! Numbers as they are written: the library reads `1.10` as 1.1, `-0` as no integer, and `1e400` not at all.

use std::collections::HashMap;

use async_graphql::Number;

/// The numbers of the values that have one which the library keeps otherwise than it is written: by the value's line and
/// column, as the library counts them, in their order.
pub type Numbers = HashMap<(usize, usize), Vec<String>>;

/// The numbers of each value so far.
#[derive(Default)]
pub(super) struct Reading<'a> {
    /// Where the values start, which is the order they are read in, with their numbers.
    odd: Vec<(usize, Vec<&'a str>)>,
    value: (usize, Vec<&'a str>),
    is_odd: bool,
}

impl<'a> Reading<'a> {
    /// A value starts here.
    pub(super) fn begin(&mut self, start: usize) {
        let value = std::mem::replace(&mut self.value, (start, Vec::new()));
        if std::mem::take(&mut self.is_odd) {
            self.odd.push(value);
        }
    }

    /// It has this number; whether the library can read it.
    pub(super) fn add(&mut self, text: &'a str) -> bool {
        let read = text.parse::<Number>();
        self.is_odd |= !read.as_ref().is_ok_and(|number| number.to_string() == text);
        self.value.1.push(text);
        read.is_ok()
    }

    /// Those of the whole text.
    pub(super) fn located(mut self, text: &str) -> Numbers {
        self.begin(0);
        let mut characters = text.char_indices().peekable();
        let (mut line, mut column) = (1, 1);
        let located = self.odd.into_iter().map(|(start, numbers)| {
            while let Some((_, character)) = characters.next_if(|(offset, _)| *offset < start) {
                (line, column) = match character {
                    '\r' => (line, 1),
                    '\n' => (line + 1, 1),
                    _ => (line, column + 1),
                };
            }
            ((line, column), numbers.into_iter().map(str::to_owned).collect())
        });
        located.collect()
    }
}
