//! What is remembered of an expression that was read.
//!
//! The reference makes a tree, and goes through it a second time. What that pass asks of the left side of an operator is
//! little: what the last step of a path is, and what was done to it. Only for parent operators it goes back through
//! paths; for that, steps are kept as chains of cells, each with the one before it.

use crate::MAX_PARENT_STEPS;
use crate::error::{Reason, Span, SyntaxError};

/// An expression.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Anything that is not a path, or not yet.
    Step(Step),
    Path(Path),
}

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A field.
    Name,
    /// A string; as a step of a path it is a field.
    Text,
    /// `*`
    Wildcard,
    /// `%`
    Parent,
    /// `( … )`
    Block,
    /// What cannot be a step of a path, with whether it is a number.
    Constant { number: bool },
    /// `^( … )`
    Sort,
    /// What no parent can be derived from.
    Other,
}

#[derive(Debug)]
pub(crate) struct Step {
    pub kind: Kind,
    pub span: Span,
    /// The parents that are looked for above it; some, but empty, when all that were looked for are found.
    pub parents: Option<Parents>,
    /// The last expression of a block.
    pub inner: Option<CellId>,
    pub grouped: bool,
    /// Whether it has predicates.
    pub filtered: bool,
    /// Whether `@` binds it.
    pub focus: bool,
}

#[derive(Debug)]
pub(crate) struct Path {
    parents: Option<Parents>,
    grouped: bool,
    /// The steps before the last one.
    before: Option<CellId>,
    last: Step,
    /// A first step that is a string or a constant, and does not know yet that it is a step.
    literal: Option<(Kind, Span, Option<CellId>)>,
}

/// How far up, and which `%`, sorted and without repetition: those that are as far up share their fate.
pub(crate) type Parents = Vec<(usize, Span)>;

type CellId = u32;

/// A step of a path for those that look for a parent.
#[derive(Clone, Copy, Debug)]
struct Cell {
    walk: Walk,
    focus: bool,
    before: Option<CellId>,
}

/// What a step is for those that look for a parent.
#[derive(Clone, Copy, Debug)]
enum Walk {
    /// One level up.
    Level,
    /// A parent operator, whose own level has to be made good.
    Parent,
    /// The last expression of a block.
    Block(Option<CellId>),
    /// Nothing that has a parent.
    Nowhere,
}

impl Step {
    pub(crate) const fn new(kind: Kind, span: Span) -> Self {
        Self { kind, span, parents: None, inner: None, grouped: false, filtered: false, focus: false }
    }

    const fn walk(&self) -> Walk {
        match self.kind {
            Kind::Name | Kind::Wildcard => Walk::Level,
            Kind::Parent => Walk::Parent,
            Kind::Block => Walk::Block(self.inner),
            Kind::Text | Kind::Constant { .. } | Kind::Sort | Kind::Other => Walk::Nowhere,
        }
    }
}

impl Shape {
    pub(crate) const fn other(span: Span) -> Self {
        Self::Step(Step::new(Kind::Other, span))
    }

    /// A field by itself is a path of one step.
    pub(crate) const fn name(span: Span) -> Self {
        Self::Path(Path {
            parents: None,
            grouped: false,
            before: None,
            last: Step::new(Kind::Name, span),
            literal: None,
        })
    }

    const fn last(&mut self) -> &mut Step {
        match self {
            Self::Step(step) => step,
            Self::Path(path) => &mut path.last,
        }
    }

    /// The parents that are looked for above all of it, and its own.
    pub(crate) fn into_parents(self) -> Option<Parents> {
        match self {
            Self::Path(path) => path.parents,
            Self::Step(step) if step.kind == Kind::Parent => {
                let mut parents = step.parents;
                insert(&mut parents, 1, step.span);
                parents
            }
            Self::Step(step) => step.parents,
        }
    }

    const fn grouped(&mut self) -> &mut bool {
        match self {
            Self::Step(step) => &mut step.grouped,
            Self::Path(path) => &mut path.grouped,
        }
    }

    /// A path of one step, for what makes a path of anything.
    fn into_path(self) -> Path {
        match self {
            Self::Path(path) => path,
            Self::Step(last) => {
                let literal = matches!(last.kind, Kind::Text | Kind::Constant { .. });
                let literal = literal.then_some((last.kind, last.span, None));
                Path { parents: None, grouped: false, before: None, last, literal }
            }
        }
    }
}

/// Adds a parent that is looked for.
fn insert(into: &mut Option<Parents>, level: usize, span: Span) {
    let parents = into.get_or_insert_default();
    if let Err(at) = parents.binary_search_by_key(&level, |(level, _)| *level) {
        parents.insert(at, (level, span));
    }
}

/// The steps of all paths of an expression.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    cells: Vec<Cell>,
    /// How many steps were looked at.
    looked: usize,
}

impl Steps {
    /// Looks for what `from` looks for, too.
    pub(crate) fn adopt(&mut self, into: &mut Option<Parents>, from: Shape) -> Result<(), SyntaxError> {
        let Some(parents) = from.into_parents() else { return Ok(()) };
        let Some(all) = into else {
            *into = Some(parents);
            return Ok(());
        };
        let (mut all, fewer) =
            if all.len() < parents.len() { (parents, std::mem::take(all)) } else { (std::mem::take(all), parents) };
        for (level, span) in fewer {
            self.look(span)?;
            if let Err(at) = all.binary_search_by_key(&level, |(level, _)| *level) {
                all.insert(at, (level, span));
            }
        }
        *into = Some(all);
        Ok(())
    }

    /// A block, whose last expression is what it stands for.
    pub(crate) fn block(
        &mut self,
        span: Span,
        mut parents: Option<Parents>,
        last: Option<Shape>,
    ) -> Result<Shape, SyntaxError> {
        let inner = last.as_ref().map(|last| match last {
            Shape::Step(step) => self.cell(step, None),
            Shape::Path(path) => self.cell(&path.last, path.before),
        });
        if let Some(last) = last {
            self.adopt(&mut parents, last)?;
        }
        Ok(Shape::Step(Step { parents, inner, ..Step::new(Kind::Block, span) }))
    }

    /// `left.right`
    pub(crate) fn step(&mut self, left: Shape, right: Shape) -> Result<Shape, SyntaxError> {
        let parent = match &left {
            Shape::Step(step) if step.kind == Kind::Parent => Some(step.span),
            _ => None,
        };
        let mut path = left.into_path();
        if let Some(span) = parent {
            insert(&mut path.parents, 1, span);
        }
        // What binds tighter than a dot makes no path of more than one step.
        let mut step = match right {
            Shape::Step(step) => step,
            Shape::Path(path) => path.last,
        };
        let constant = path.literal.filter(|(kind, ..)| *kind != Kind::Text).map(|(_, span, _)| span);
        let constant = constant.or(matches!(step.kind, Kind::Constant { .. }).then_some(step.span));
        if let Some(span) = constant {
            return Err(SyntaxError::new(span, Reason::ConstantStep));
        }
        if let Some((_, _, cell)) = path.literal.take() {
            match cell.and_then(|cell| self.cells.get_mut(cell as usize)) {
                Some(cell) => cell.walk = Walk::Level,
                None => path.last.kind = Kind::Name,
            }
        }
        if step.kind == Kind::Text {
            step.kind = Kind::Name;
        }
        self.push(&mut path, step)?;
        Ok(Shape::Path(path))
    }

    /// `left[predicate]`
    pub(crate) fn predicate(&mut self, mut left: Shape, predicate: Shape) -> Result<Shape, SyntaxError> {
        let step = left.last();
        let own = match &predicate {
            Shape::Step(Step { kind: Kind::Parent, span, .. }) => Some(*span),
            _ => None,
        };
        let wanted = match predicate {
            Shape::Step(step) => step.parents,
            Shape::Path(path) => path.parents,
        };
        // A parent operator alone is a value here, and looks for nothing.
        if let Some(wanted) = wanted {
            let walk = step.walk();
            let mut left_over = Some(Parents::new());
            for (level, span) in wanted {
                let level = if level == 1 { self.seek(walk, level, span)? } else { level - 1 };
                if level > 0 {
                    insert(&mut left_over, level, span);
                }
            }
            if let Some(span) = own {
                insert(&mut left_over, 1, span);
            }
            let parents = left_over.into_iter().flatten();
            let all = step.parents.get_or_insert_default();
            for (level, span) in parents {
                self.look(span)?;
                if let Err(at) = all.binary_search_by_key(&level, |(level, _)| *level) {
                    all.insert(at, (level, span));
                }
            }
        }
        step.filtered = true;
        Ok(left)
    }

    /// `left^(terms)`, with the parents that the terms look for.
    pub(crate) fn sort(&mut self, left: Shape, operator: Span, parents: Option<Parents>) -> Result<Shape, SyntaxError> {
        let mut path = left.into_path();
        self.push(&mut path, Step { parents, ..Step::new(Kind::Sort, operator) })?;
        Ok(Shape::Path(path))
    }

    /// A step at the end of a path, which looks for its parents there.
    fn push(&mut self, path: &mut Path, step: Step) -> Result<(), SyntaxError> {
        let before = self.cell(&path.last, path.before);
        if let Some((_, _, cell @ None)) = &mut path.literal {
            *cell = Some(before);
        }
        path.before = Some(before);
        path.last = step;
        let own = (path.last.kind == Kind::Parent).then_some((1, path.last.span));
        let wanted = path.last.parents.iter().flatten().copied().chain(own);
        for (mut level, span) in wanted {
            let mut next = path.before;
            while level > 0 {
                let Some(mut cell) = self.at(next) else {
                    insert(&mut path.parents, level, span);
                    break;
                };
                next = cell.before;
                // Of steps that bind and follow each other, only the first one counts.
                while let Some(before) = self.at(next).filter(|before| cell.focus && before.focus) {
                    self.look(span)?;
                    (cell, next) = (before, before.before);
                }
                level = self.seek(cell.walk, level, span)?;
            }
        }
        Ok(())
    }

    /// How far up a parent still is, after a step.
    fn seek(&mut self, mut walk: Walk, mut level: usize, span: Span) -> Result<usize, SyntaxError> {
        let mut blocks = Vec::new();
        loop {
            self.look(span)?;
            match walk {
                Walk::Level => level -= 1,
                Walk::Parent => level += 1,
                Walk::Block(last) => blocks.push(last),
                Walk::Nowhere => return Err(SyntaxError::new(span, Reason::NoParent)),
            }
            if level == 0 {
                return Ok(0);
            }
            walk = loop {
                let Some(next) = blocks.pop() else { return Ok(level) };
                if let Some(cell) = self.at(next) {
                    blocks.push(cell.before);
                    break cell.walk;
                }
            };
        }
    }

    /// Counts a step that is looked at.
    const fn look(&mut self, span: Span) -> Result<(), SyntaxError> {
        self.looked += 1;
        if self.looked > MAX_PARENT_STEPS { Err(SyntaxError::new(span, Reason::ParentSteps)) } else { Ok(()) }
    }

    fn at(&self, cell: Option<CellId>) -> Option<Cell> {
        cell.and_then(|cell| self.cells.get(cell as usize).copied())
    }

    fn cell(&mut self, step: &Step, before: Option<CellId>) -> CellId {
        self.cells.push(Cell { walk: step.walk(), focus: step.focus, before });
        // A text of 4 GiB is never read.
        CellId::try_from(self.cells.len() - 1).unwrap_or(CellId::MAX)
    }
}

impl Shape {
    /// Refuses a predicate behind what groups.
    pub(crate) const fn takes_predicate(&mut self, operator: Span) -> Result<(), SyntaxError> {
        if self.last().grouped { Err(SyntaxError::new(operator, Reason::FilteredGroup)) } else { Ok(()) }
    }

    /// `left{ … }`
    pub(crate) const fn group(&mut self, operator: Span) -> Result<(), SyntaxError> {
        let grouped = self.grouped();
        if *grouped {
            return Err(SyntaxError::new(operator, Reason::SecondGroup));
        }
        *grouped = true;
        Ok(())
    }

    /// `left@$x`, with whether the variable has a name.
    pub(crate) fn focus(&mut self, operator: Span, binds: bool) -> Result<(), SyntaxError> {
        let step = self.last();
        if step.filtered {
            return Err(SyntaxError::new(operator, Reason::FilteredFocus));
        }
        if step.kind == Kind::Sort {
            return Err(SyntaxError::new(operator, Reason::SortedFocus));
        }
        step.focus = binds;
        Ok(())
    }

    /// `left#$i`
    pub(crate) fn index(self) -> Self {
        Self::Path(self.into_path())
    }

    /// Whether a minus before it is part of it.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Step(Step { kind: Kind::Constant { number: true }, .. }))
    }
}
