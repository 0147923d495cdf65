//! The names of operations, as few as metrics can bear: clients choose them.
//!
//! Trusted documents have a label for each of their names. The other labels are for whoever comes first, but nobody has
//! so many that nothing is left for others: once all are taken, a name that is used often takes the place of one that is
//! used little, of whoever has the most. A label that was given is counted for good under its name, so no counter goes
//! back.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::auth::Principal;

/// Labels for names in documents that are not trusted, at the most.
const MAX_LABELS: usize = 100;

/// Of what others leave, one principal has so many parts of four.
const QUARTERS_PER_PRINCIPAL: usize = 3;

/// Labels that take the place of others, in all the time that the server runs: every name that ever was one stays in the
/// metrics.
const MAX_REPLACED: usize = 300;

/// How often a name is used before it may take the place of another.
const FREQUENT: u64 = 5;

/// Names without a label whose uses are counted, at the most.
const MAX_CANDIDATES: usize = 1_000;

/// The longest name, in bytes.
const MAX_NAME: usize = 64;

/// What all other operations are called.
const OTHER: &str = "other";

/// The names that metrics tell apart.
pub(super) struct Names {
    trusted: HashSet<Arc<str>>,
    chosen: Mutex<Chosen>,
    other: Arc<str>,
}

/// The names that clients chose.
#[derive(Default)]
struct Chosen {
    labels: HashMap<Arc<str>, Label>,
    /// How often others were used.
    candidates: HashMap<Box<str>, u64>,
    replaced: usize,
}

struct Label {
    uses: u64,
    /// Who used it first.
    principal: Principal,
}

impl Names {
    /// Those of trusted documents, which always have their place.
    pub fn new<'a>(trusted: impl Iterator<Item = &'a str>) -> Self {
        Self { trusted: trusted.map(Arc::from).collect(), chosen: Mutex::default(), other: OTHER.into() }
    }

    /// The name as the principal uses it, or the one for all others.
    pub fn of(&self, name: &str, principal: &Principal) -> Arc<str> {
        if let Some(name) = self.trusted.get(name) {
            return Arc::clone(name);
        }
        if name.len() > MAX_NAME {
            return Arc::clone(&self.other);
        }
        self.chosen().label(name, principal).unwrap_or_else(|| Arc::clone(&self.other))
    }

    fn chosen(&self) -> MutexGuard<'_, Chosen> {
        self.chosen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Chosen {
    fn label(&mut self, name: &str, principal: &Principal) -> Option<Arc<str>> {
        if let Some(label) = self.labels.get_mut(name) {
            label.uses += 1;
            return Some(Arc::clone(self.labels.get_key_value(name)?.0));
        }
        let uses = self.count(name);
        let mine = self.labels.values().filter(|label| label.principal == *principal).count();
        let left_by_others = MAX_LABELS - (self.labels.len() - mine);
        let is_free = self.labels.len() < MAX_LABELS && (mine + 1) * 4 <= left_by_others * QUARTERS_PER_PRINCIPAL;
        if !is_free && (uses < FREQUENT || !self.make_room(mine)) {
            return None;
        }
        self.candidates.remove(name);
        let name: Arc<str> = name.into();
        self.labels.insert(Arc::clone(&name), Label { uses, principal: principal.clone() });
        Some(name)
    }

    /// Counts a use of a name that has no label.
    fn count(&mut self, name: &str) -> u64 {
        if let Some(uses) = self.candidates.get_mut(name) {
            *uses += 1;
            return *uses;
        }
        if self.candidates.len() >= MAX_CANDIDATES {
            // What is used often comes through.
            self.candidates.retain(|_, uses| {
                *uses /= 2;
                *uses > 0
            });
        }
        if self.candidates.len() < MAX_CANDIDATES {
            self.candidates.insert(name.into(), 1);
        }
        1
    }

    /// Takes the label that is used the least from the principal that has the most, if that one has more than somebody
    /// with so many.
    fn make_room(&mut self, mine: usize) -> bool {
        if self.replaced >= MAX_REPLACED {
            return false;
        }
        let mut held: HashMap<&Principal, usize> = HashMap::new();
        for label in self.labels.values() {
            *held.entry(&label.principal).or_default() += 1;
        }
        let Some((richest, count)) = held.into_iter().max_by_key(|(_, count)| *count) else { return false };
        if count <= mine + 1 {
            return false;
        }
        let of_richest = self.labels.iter().filter(|(_, label)| label.principal == *richest);
        let Some(least) = of_richest.min_by_key(|(_, label)| label.uses).map(|(name, _)| Arc::clone(name)) else {
            return false;
        };
        self.labels.remove(&least);
        self.replaced += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn key(number: i32) -> Principal {
        Principal::ApiKey(number)
    }

    /// Uses so many names of a principal, each so often.
    fn use_names(names: &Names, principal: i32, count: usize, times: u64) -> usize {
        let name = |number| format!("By{principal}Number{number}");
        let labelled = (0..count).filter(|number| {
            (0..times).fold(false, |_, _| *names.of(&name(*number), &key(principal)) == *name(*number))
        });
        labelled.count()
    }

    #[test]
    fn one_principal_leaves_something_to_others_and_trusted_ones_have_their_place() {
        let long = "x".repeat(MAX_NAME + 1);
        let names = Names::new(["Trusted", long.as_str()].into_iter());
        assert_eq!(use_names(&names, 1, 1_000, 10), 75);
        assert_eq!(use_names(&names, 2, 1_000, 1), 18);
        assert_eq!(&*names.of("OneMore", &key(1)), OTHER);
        assert_eq!(&*names.of("By1Number7", &key(3)), "By1Number7");
        assert_eq!(&*names.of("Trusted", &key(1)), "Trusted");
        assert_eq!(*names.of(&long, &key(1)), long);
    }

    #[test]
    fn frequent_names_take_the_place_of_those_of_whoever_has_the_most() {
        let names = Names::new([].into_iter());
        for principal in 0..20 {
            use_names(&names, principal, 200, 2);
        }
        for number in 0..30 {
            let name = format!("Frequent{number}");
            for _ in 1..FREQUENT {
                names.of(&name, &key(100));
            }
            assert_eq!(*names.of(&name, &key(100)), name);
        }
        // Nobody has more than three quarters of what is left, and so nobody the last one.
        assert_eq!(names.chosen().labels.len(), MAX_LABELS - 1);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let names = Names::new([].into_iter());
        for principal in 0..1_000 {
            use_names(&names, principal, 10, FREQUENT);
        }
        use_names(&names, 5_000, 5_000, 1);
        let chosen = names.chosen();
        assert!(chosen.labels.len() <= MAX_LABELS && chosen.candidates.len() <= MAX_CANDIDATES);
        assert!(chosen.replaced <= MAX_REPLACED);
    }

    #[test]
    fn long_names_take_no_place() {
        let names = Names::new([].into_iter());
        assert_eq!(&*names.of(&"x".repeat(MAX_NAME + 1), &key(1)), OTHER);
        assert_eq!(names.of(&"x".repeat(MAX_NAME), &key(1)).len(), MAX_NAME);
    }
}
