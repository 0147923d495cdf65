//! The names of operations, as few as metrics can bear: clients choose them.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

/// Names of operations in documents that are not trusted, at the most.
const MOST: usize = 100;

/// The longest name, in bytes.
const LONGEST: usize = 64;

/// What all other operations are called.
const OTHER: &str = "other";

/// The names that metrics tell apart.
pub(super) struct Names {
    known: RwLock<HashSet<Arc<str>>>,
    most: usize,
    other: Arc<str>,
}

impl Names {
    /// Those of trusted documents, which always have their place.
    pub fn new<'a>(trusted: impl Iterator<Item = &'a str>) -> Self {
        let known: HashSet<Arc<str>> = trusted.map(Arc::from).collect();
        Self { most: known.len() + MOST, known: RwLock::new(known), other: OTHER.into() }
    }

    /// The name, or the one for all others.
    pub fn of(&self, name: &str) -> Arc<str> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known.get(name) {
            return Arc::clone(name);
        }
        if known.len() >= self.most || name.len() > LONGEST {
            return Arc::clone(&self.other);
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.most {
            return Arc::clone(&self.other);
        }
        let name: Arc<str> = name.into();
        known.insert(Arc::clone(&name));
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_trusted_ones_have_their_place() {
        let long = "x".repeat(LONGEST + 1);
        let names = Names::new(["Trusted", long.as_str()].into_iter());
        for number in 0..MOST {
            let name = format!("Name{number}");
            assert_eq!(*names.of(&name), name);
        }
        assert_eq!(&*names.of("OneMore"), OTHER);
        assert_eq!(&*names.of("Name7"), "Name7");
        assert_eq!(&*names.of("Trusted"), "Trusted");
        assert_eq!(*names.of(&long), long);
    }

    #[test]
    fn long_names_take_no_place() {
        let names = Names::new([].into_iter());
        assert_eq!(&*names.of(&"x".repeat(LONGEST + 1)), OTHER);
        assert_eq!(names.of(&"x".repeat(LONGEST)).len(), LONGEST);
    }
}
