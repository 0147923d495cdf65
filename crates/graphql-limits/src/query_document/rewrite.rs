//! Changes to the text that move nothing behind them.

use std::borrow::Cow;

/// The bytes from `start` to `end` become `text` and blanks.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: String,
}

/// The text with the edits, which stand in its order and do not overlap.
pub(super) fn apply<'a>(text: &'a str, edits: &[Edit]) -> Cow<'a, str> {
    if edits.is_empty() {
        return Cow::Borrowed(text);
    }
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(part(at, edit.start));
        out.push_str(&edit.text);
        // What the new text takes of the first line is not blanked again.
        let mut taken = edit.text.chars().count();
        for character in part(edit.start, edit.end).chars() {
            if character == '\n' || character == '\r' {
                taken = 0;
                out.push(character);
            } else if taken > 0 {
                taken -= 1;
            } else {
                out.push(' ');
            }
        }
        at = edit.end;
    }
    out.push_str(part(at, text.len()));
    Cow::Owned(out)
}
