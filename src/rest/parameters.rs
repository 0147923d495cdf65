//! The query string: parameters by their families, and the spellings of lists that clients have.

use std::borrow::Cow;

use url::form_urlencoded;

use super::problem::Problem;

/// Names in brackets that a parameter may have.
const MAX_DEPTH: usize = 16;

/// What clients write for a value that they do not have.
const MISSING: [&str; 3] = ["null", "undefined", "None"];

/// A parameter, such as `filter[created_at][gte]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter<'q> {
    /// Its whole name, as given, but for an empty pair of brackets at its end.
    pub name: Cow<'q, str>,
    /// What stands before the brackets.
    pub family: String,
    /// What stands in each of them.
    pub path: Vec<String>,
    /// Its value.
    pub value: Cow<'q, str>,
}

/// Reads a query string.
///
/// # Errors
/// When a name or a value has no meaning.
pub fn read(query: &str) -> Result<Vec<Parameter<'_>>, Problem> {
    if percent_encoding::percent_decode_str(query).decode_utf8().is_err() {
        return Err(Problem::new(crate::error::Code::BadUserInput, "The query string is not UTF-8."));
    }
    form_urlencoded::parse(query.as_bytes()).map(|(name, value)| parameter(name, value)).collect()
}

fn parameter<'q>(name: Cow<'q, str>, value: Cow<'q, str>) -> Result<Parameter<'q>, Problem> {
    let name = match name.strip_suffix("[]") {
        Some(list) => Cow::Owned(list.to_owned()),
        None => name,
    };
    let (family, mut rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    let mut path = Vec::new();
    while let Some((step, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        path.push(step.to_owned());
        rest = after;
    }
    if !rest.is_empty() || family.is_empty() || path.len() > MAX_DEPTH {
        return Err(unknown(&name));
    }
    if MISSING.contains(&&*value) {
        let instead = match (family, path.last()) {
            ("filter", Some(_)) => format!("; `{}[is_null]=true` asks for rows without a value", field_of(&name)),
            _ => String::new(),
        };
        let message = format!("`{name}` is `{value}`, which is no value. Leave the parameter out{instead}.");
        return Err(Problem::parameter(&name, message));
    }
    let family = family.to_owned();
    Ok(Parameter { name, family, path, value })
}

/// A filter's name without its operator.
fn field_of(name: &str) -> &str {
    const OPERATORS: [&str; 9] = ["eq", "in", "not_in", "gt", "gte", "lt", "lte", "contains", "starts_with"];
    let operator = OPERATORS.iter().find_map(|operator| name.strip_suffix(&format!("[{operator}]")));
    operator.unwrap_or(name)
}

/// Nothing is known by this name.
pub fn unknown(name: &str) -> Problem {
    Problem::parameter(name, format!("There is no parameter `{name}` here."))
}

impl Parameter<'_> {
    /// The elements of a list in one parameter, which commas separate.
    ///
    /// # Errors
    /// When it is a list as Python writes it.
    pub fn elements(&self) -> Result<impl Iterator<Item = &str>, Problem> {
        if self.value.starts_with('[') {
            let name = &self.name;
            let message = format!("Write a list as `{name}=a,b` or `{name}=a&{name}=b`, without brackets and quotes.");
            return Err(Problem::parameter(name, message));
        }
        Ok(self.value.split(',').map(str::trim).filter(|element| !element.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    #[test]
    fn names_are_read_by_their_brackets() {
        for (query, family, path, value) in [
            ("limit=5", "limit", vec![], "5"),
            ("filter%5Bcreated_at%5D%5Bgte%5D=a+b", "filter", vec!["created_at", "gte"], "a b"),
            ("filter[status][]=error", "filter", vec!["status"], "error"),
            ("include[]=a,b", "include", vec![], "a,b"),
            ("sort=", "sort", vec![], ""),
        ] {
            let read = read(query).unwrap();
            assert_eq!((read[0].family.as_str(), &*read[0].value), (family, value), "{query}");
            assert_eq!(read[0].path, path, "{query}");
        }
        for query in ["filter[a=1", "filter[a]b=1", "[a]=1", "=1", "limit=null", "page[after]=undefined", "sort=None"] {
            assert!(read(query).is_err(), "{query}");
        }
    }

    #[test]
    fn lists_are_read_as_clients_write_them_but_not_as_python_does() {
        let read = read("include=a,%20b,&include=['a','b']").unwrap();
        assert_eq!(read[0].elements().unwrap().collect::<Vec<_>>(), ["a", "b"]);
        assert!(read[1].elements().is_err());
    }
}
