//! A request as a query document with its variables, and the answer as a document of JSON:API.

use url::form_urlencoded;

use super::document::{Resources, Unexpected, key, write_member};
use super::model::Model;
use super::origins::Origins;
use super::payload::Payload;
use super::problem::{self, JSONAPI, Problem, Source};
use super::selection::{Omitted, Selection};
use crate::auth::Role;
use crate::error::{Code, Error};
use crate::id::NOT_AN_ID;
use crate::json::{Cursor, Kind, Text, write_string};

/// Who asks, and how.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// What the caller is.
    pub role: Role,
    /// The query string.
    pub query: &'a str,
}

/// What is executed for a request.
#[derive(Clone, Debug)]
pub struct Call {
    /// The query document.
    pub document: String,
    /// The values of its variables, as JSON.
    pub variables: String,
    /// How the answer is written.
    pub layout: Layout,
    /// Where the variables come from.
    pub origins: Origins,
    /// The parameter with the cursor.
    pub cursor: Option<Source>,
}

/// How an answer is written.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The root field.
    root: String,
    selection: Selection,
    omitted: Omitted,
    kind: LayoutKind,
}

#[derive(Clone, Debug)]
enum LayoutKind {
    Page(Page),
    One,
    Own {
        /// Whether it is told how many there are.
        total: bool,
    },
    Payload(Payload),
}

/// What a page of a list says besides its rows.
#[derive(Clone, Debug)]
pub struct Page {
    /// Whether it says how many rows the list has.
    pub total: bool,
    /// How its links name the cursor.
    pub style: Style,
    /// The parameters that its links keep.
    pub others: Vec<(String, String)>,
}

/// How links name the cursor of the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `cursor`.
    Flat,
    /// `page[after]`.
    Bracketed,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// The document, if there is one.
    pub body: Vec<u8>,
    /// What stands for the state of the row.
    pub state: Option<String>,
    /// The address of what was made.
    pub location: Option<String>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// These are told.
    Problems(Vec<Problem>),
    /// A defect.
    Unexpected,
}

impl From<Unexpected> for Failure {
    fn from(_: Unexpected) -> Self {
        Self::Unexpected
    }
}

impl Call {
    pub(super) fn new(document: String, variables: String, layout: Layout) -> Self {
        Self { document, variables, layout, origins: Origins::default(), cursor: None }
    }

    /// A problem that the execution had, told of what the client sent.
    #[must_use]
    pub fn explain(&self, problem: Problem) -> Problem {
        let problem = match self.layout.kind {
            // No resource has such an id.
            LayoutKind::One if problem.code == Code::BadUserInput.as_str() => return Problem::not_found(),
            LayoutKind::Payload(Payload { targeted: true, .. })
                if problem.detail == NOT_AN_ID || problem.detail.starts_with("$input.id:") =>
            {
                return Problem::not_found();
            }
            _ => self.origins.explain(problem),
        };
        if problem.code == Code::BadCursor.as_str() {
            let Some(Source::Parameter(name)) = &self.cursor else { return problem };
            let detail = format!("`{name}` is not a cursor of this list in this order.");
            return Problem { detail, source: self.cursor.clone(), ..problem };
        }
        if problem.detail.starts_with('$') || problem.code.starts_with("GRAPHQL_") {
            return Problem::from(Error::internal(format!("the document of a request is wrong: {}", problem.detail)));
        }
        problem
    }

    /// Writes the answer of the execution at an address, with what could not be read of it.
    ///
    /// # Errors
    /// When there is none.
    pub fn answer(
        &self,
        model: &Model,
        data: Option<&str>,
        errors: Vec<Problem>,
        address: &str,
    ) -> Result<Answer, Failure> {
        let errors: Vec<_> = errors.into_iter().map(|error| self.explain(error)).collect();
        let mut cursor = Cursor::new(Text::known(data.unwrap_or("null")));
        if cursor.kind() != Kind::Object {
            return Err(Failure::Problems(errors));
        }
        cursor.enter();
        key(&mut cursor, &self.layout.root)?;
        if cursor.kind() == Kind::Null {
            let problems = if errors.is_empty() { vec![Problem::not_found()] } else { errors };
            return Err(Failure::Problems(problems));
        }
        let writing = Writing::new(model, &self.layout, &errors);
        match &self.layout.kind {
            LayoutKind::Page(page) => writing.page(&mut cursor, page, address),
            LayoutKind::One => writing.one(&mut cursor),
            LayoutKind::Own { total } => writing.own(&mut cursor, *total, address),
            LayoutKind::Payload(payload) => writing.payload(&mut cursor, payload, &self.origins),
        }
    }
}

impl Layout {
    pub(super) fn selection(&self) -> &Selection {
        &self.selection
    }

    fn new(root: &str, selection: Selection, omitted: Omitted, kind: LayoutKind) -> Self {
        Self { root: root.to_owned(), selection, omitted, kind }
    }

    pub(super) fn page(root: &str, selection: Selection, omitted: Omitted, page: Page) -> Self {
        Self::new(root, selection, omitted, LayoutKind::Page(page))
    }

    pub(super) fn one(root: &str, selection: Selection, omitted: Omitted) -> Self {
        Self::new(root, selection, omitted, LayoutKind::One)
    }

    pub(super) fn own(root: &str, selection: Selection, omitted: Omitted, total: bool) -> Self {
        Self::new(root, selection, omitted, LayoutKind::Own { total })
    }

    pub(super) fn payload(root: &str, selection: Selection, omitted: Omitted, payload: Payload) -> Self {
        Self::new(root, selection, omitted, LayoutKind::Payload(payload))
    }
}

/// A document that is being written.
pub(super) struct Writing<'m, 'a> {
    pub(super) layout: &'m Layout,
    pub(super) resources: Resources<'m, 'a>,
    errors: &'m [Problem],
    pub(super) out: String,
    /// Members of `meta`, separated by commas.
    meta: String,
}

impl<'m, 'a> Writing<'m, 'a> {
    fn new(model: &'m Model, layout: &'m Layout, errors: &'m [Problem]) -> Self {
        let out = format!("{{{JSONAPI},\"data\":");
        Self { layout, resources: Resources::new(model), errors, out, meta: String::new() }
    }

    fn page(mut self, cursor: &mut Cursor<'a>, page: &Page, address: &str) -> Result<Answer, Failure> {
        cursor.enter();
        key(cursor, "nodes")?;
        let count = self.rows(cursor)?;
        key(cursor, "pageInfo")?;
        let info = cursor.value().members().ok_or(Unexpected)?;
        let mut told = info.into_iter().map(|(_, value)| value);
        let (Some(next), Some(previous), Some(start), Some(end)) = (told.next(), told.next(), told.next(), told.next())
        else {
            return Err(Failure::Unexpected);
        };
        self.meta("count", &count.to_string());
        if page.total {
            key(cursor, "totalCount")?;
            let total = cursor.value().as_str();
            self.meta("total", total);
        }
        self.included();
        self.out.push_str(",\"links\":{");
        write_member("self", &escaped(address), &mut self.out);
        let path = address.split('?').next().unwrap_or_default();
        self.link("first", Some(page.address(path, None)));
        let cursor_of = |there: Text<'_>, at: Text<'_>| match (there.as_str(), at.string()) {
            ("true", Some(Ok(cursor))) => Some(cursor.into_owned()),
            _ => None,
        };
        let previous = cursor_of(previous, start).map(|at| page.address(path, Some(("page[before]", &at))));
        self.link("prev", previous);
        let after = if page.style == Style::Flat { "cursor" } else { "page[after]" };
        let next = cursor_of(next, end).map(|at| page.address(path, Some((after, &at))));
        self.link("next", next);
        self.out.push('}');
        Ok(self.end(200))
    }

    fn one(mut self, cursor: &mut Cursor<'a>) -> Result<Answer, Failure> {
        let row = self.resources.row(cursor, &self.layout.selection, &mut self.out)?;
        let row = row.ok_or_else(|| Failure::Problems(vec![Problem::not_found()]))?;
        self.included();
        self.self_link(&row.id);
        Ok(Answer { state: row.stamp, ..self.end(200) })
    }

    fn own(mut self, cursor: &mut Cursor<'a>, total: bool, address: &str) -> Result<Answer, Failure> {
        self.out.push('[');
        self.resources.row(cursor, &self.layout.selection, &mut self.out)?;
        self.out.push(']');
        self.included();
        let address = escaped(address);
        self.out.push_str(",\"links\":{");
        write_member("self", &address, &mut self.out);
        self.link("first", Some(address));
        self.link("prev", None);
        self.link("next", None);
        self.out.push('}');
        for name in ["count", "total"].into_iter().take(if total { 2 } else { 1 }) {
            self.meta(name, "1");
        }
        Ok(self.end(200))
    }

    /// Writes the rows of the list that comes next, and says how many there were.
    pub(super) fn rows(&mut self, cursor: &mut Cursor<'a>) -> Result<usize, Unexpected> {
        if cursor.kind() != Kind::Array {
            return Err(Unexpected);
        }
        cursor.enter();
        self.out.push('[');
        let mut count = 0;
        while cursor.element() {
            if count > 0 {
                self.out.push(',');
            }
            self.resources.row(cursor, &self.layout.selection, &mut self.out)?.ok_or(Unexpected)?;
            count += 1;
        }
        self.out.push(']');
        Ok(count)
    }

    /// Writes what is included.
    pub(super) fn included(&mut self) {
        let mut before = ",\"included\":[";
        for resource in self.resources.included() {
            self.out.push_str(before);
            self.out.push_str(resource);
            before = ",";
        }
        if before == "," {
            self.out.push(']');
        }
    }

    /// Writes the link of the one row, whose id stands in JSON.
    pub(super) fn self_link(&mut self, id: &str) {
        self.out.push_str(",\"links\":{\"self\":\"");
        self.out.push_str(&self.address(id));
        self.out.push_str("\"}");
    }

    /// The address of a row, whose id stands in JSON.
    pub(super) fn address(&self, id: &str) -> String {
        self.resources.address(self.layout.selection.ty, id)
    }

    /// What could not be read.
    pub(super) fn failed(&self) -> Vec<Problem> {
        self.errors.to_vec()
    }

    fn link(&mut self, name: &str, address: Option<String>) {
        self.out.push(',');
        if let Some(address) = address {
            write_member(name, &address, &mut self.out);
        } else {
            write_string(name, &mut self.out);
            self.out.push_str(":null");
        }
    }

    /// Adds a member of `meta`, whose value is JSON.
    pub(super) fn meta(&mut self, name: &str, value: &str) {
        if !self.meta.is_empty() {
            self.meta.push(',');
        }
        write_string(name, &mut self.meta);
        self.meta.push(':');
        self.meta.push_str(value);
    }

    pub(super) fn end(mut self, status: u16) -> Answer {
        if !self.layout.omitted.is_empty() {
            let omitted = serde_json::json!(self.layout.omitted).to_string();
            self.meta("omitted", &omitted);
        }
        if !self.errors.is_empty() {
            let mut errors = String::new();
            problem::write(self.errors, &mut errors);
            self.meta("errors", &errors);
        }
        if !self.meta.is_empty() {
            self.out.push_str(",\"meta\":{");
            self.out.push_str(&self.meta);
            self.out.push('}');
        }
        self.out.push('}');
        Answer { status, body: self.out.into_bytes(), state: None, location: None }
    }
}

/// The address of a request as a URI reference: clients send brackets as they are, and a link has them escaped.
fn escaped(address: &str) -> String {
    address.replace('[', "%5B").replace(']', "%5D")
}

impl Page {
    /// The address of the list, with this place in it.
    fn address(&self, path: &str, place: Option<(&str, &str)>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.others);
        query.extend_pairs(place);
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}
