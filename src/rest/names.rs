//! Names of the schema and of the REST API, one from the other.

/// `createdAt` as `created_at`, `IN_PROGRESS` as `in_progress`.
#[must_use]
pub fn snake(name: &str) -> String {
    let screaming = !name.contains(|letter: char| letter.is_ascii_lowercase());
    let mut out = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !screaming {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// `created_at` as `createdAt`; nothing for what is not written as the REST API writes names.
#[must_use]
pub fn camel(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut raised = false;
    for letter in name.chars() {
        match letter {
            '_' if raised || out.is_empty() => return None,
            '_' => raised = true,
            'a'..='z' | '0'..='9' => {
                out.push(if raised { letter.to_ascii_uppercase() } else { letter });
                raised = false;
            }
            _ => return None,
        }
    }
    (!raised && !out.is_empty()).then_some(out)
}

/// `created_at` as `CREATED_AT`.
#[must_use]
pub fn screaming(name: &str) -> Option<String> {
    camel(name).map(|_| name.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_each_other() {
        for (ours, field, value) in
            [("created_at", "createdAt", "CREATED_AT"), ("id", "id", "ID"), ("plaid_eu", "plaidEu", "PLAID_EU")]
        {
            assert_eq!((snake(field).as_str(), snake(value).as_str()), (ours, ours));
            assert_eq!((camel(ours).as_deref(), screaming(ours).as_deref()), (Some(field), Some(value)));
        }
        for other in ["createdAt", "_id", "id_", "a__b", "", "a-b"] {
            assert_eq!((camel(other), screaming(other)), (None, None), "{other}");
        }
    }
}
