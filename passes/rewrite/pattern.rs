//! Patterns of terms, as the sides of rules are written.
//!
//! `(op a b)` and `?x` are as in egg. A sum has as many operands as the program has, so it has forms of
//! its own:
//!
//! - `(sum ?x)`: the sum of one operand.
//! - `(sum a b ...)`: a sum that has operands `a` and `b`, in any places, and maybe others. On the right
//!   side the first of what stands there takes the first of these places; the others go.
//! - `(sum* a)`: a sum each of whose operands is `a`. A variable that stands inside only has a value for
//!   each operand.
//! - `?x*` within `(sum ... )`: what `?x` stands for in each operand of `(sum* ?x)`, one after the other.

use std::{collections::BTreeSet, iter::Peekable};

use egg::{FromOp, Id};

use super::{analysis::Graph, language::Node};

/// A variable with its question mark, as it stands in the table.
pub type Variable = &'static str;

/// What variables stand for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bindings(Vec<(Variable, Id)>);

impl Bindings {
    /// What a variable stands for.
    pub fn get(&self, variable: &str) -> Option<Id> {
        let bound = self.0.iter().find(|(known, _)| *known == variable);
        bound.map(|(_, id)| *id)
    }

    /// Binds a variable.
    pub fn insert(&mut self, variable: Variable, id: Id) {
        match self.0.iter_mut().find(|(known, _)| *known == variable) {
            Some(bound) => bound.1 = id,
            None => self.0.push((variable, id)),
        }
    }

    /// Brings all classes to their present numbers.
    pub fn canonical(&mut self, graph: &Graph) {
        self.0.iter_mut().for_each(|(_, id)| *id = graph.find(*id));
    }

    /// These, and those of `other` that are not among them.
    pub fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for (variable, id) in &other.0 {
            if both.get(variable).is_none() {
                both.insert(variable, *id);
            }
        }
        both
    }
}

/// A side of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// `?x`.
    Variable(Variable),
    /// `(op a b)`: an op with dummy children, and their patterns.
    Op(Node, Vec<Pattern>),
    /// `(sum a b ...)`.
    Some(Vec<Pattern>),
    /// `(sum* a)`.
    Every(Box<Pattern>),
    /// `?x*`.
    Splice(Variable),
}

impl Pattern {
    /// Reads a side of a rule; `None` if it is malformed.
    pub fn parse(text: &'static str) -> Option<Self> {
        let mut words = words(text).peekable();
        let pattern = Self::read(&mut words)?;
        words.peek().is_none().then_some(pattern)
    }

    fn read(words: &mut Peekable<impl Iterator<Item = &'static str>>) -> Option<Self> {
        let word = words.next()?;
        if word != "(" {
            let variable = word.starts_with('?').then_some(word)?;
            return Some(match variable.strip_suffix('*') {
                Some(spliced) => Self::Splice(spliced),
                None => Self::Variable(variable),
            });
        }
        let op = words.next()?;
        let (mut children, mut rest) = (Vec::new(), false);
        loop {
            match *words.peek()? {
                ")" => break,
                "..." => {
                    words.next();
                    rest = true;
                }
                _ => children.push(Self::read(words)?),
            }
        }
        words.next();
        match (op, rest) {
            ("sum", true) => Some(Self::Some(children)),
            ("sum*", false) => Some(Self::Every(Box::new(children.pop()?))),
            (op, false) => {
                let dummies = vec![Id::from(0); children.len()];
                Some(Self::Op(Node::from_op(op, dummies).ok()?, children))
            }
            _ => None,
        }
    }

    /// All variables; with `inside`, those inside `(sum* ...)` too.
    pub fn variables(&self, inside: bool) -> BTreeSet<Variable> {
        match self {
            Self::Variable(variable) => BTreeSet::from([*variable]),
            Self::Op(_, children) | Self::Some(children) => {
                let all = children.iter().flat_map(|child| child.variables(inside));
                all.collect()
            }
            Self::Every(child) if inside => child.variables(inside),
            Self::Splice(variable) if inside => BTreeSet::from([*variable]),
            Self::Every(_) | Self::Splice(_) => BTreeSet::new(),
        }
    }
}

/// Parentheses, and what stands between them and spaces.
fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split_whitespace().flat_map(|word| {
        let mut parts = Vec::new();
        let mut rest = word;
        while let Some(at) = rest.find(['(', ')']) {
            let (before, behind) = rest.split_at(at);
            if !before.is_empty() {
                parts.push(before);
            }
            let (parenthesis, behind) = behind.split_at(1);
            parts.push(parenthesis);
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(rest);
        }
        parts
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_of_rules_are_read() {
        let pattern = Pattern::parse("(sum (linear ?w ?x) ?y ...)").unwrap();
        let Pattern::Some(children) = &pattern else {
            panic!("{pattern:?}");
        };
        assert_eq!(children.len(), 2);
        assert_eq!(pattern.variables(false).len(), 3);
        let every = Pattern::parse("(scale ?s (sum* (bias ?b ?x)))").unwrap();
        assert_eq!(every.variables(false).len(), 1);
        assert_eq!(every.variables(true).len(), 3);
        assert!(matches!(
            Pattern::parse("(sum ?y* ...)").unwrap(),
            Pattern::Some(c) if matches!(c[0], Pattern::Splice(_))
        ));
        for wrong in ["(linear ?w)", "(linear ?w ?x", "x", "(no ?x)", "?x ?y", ""] {
            assert_eq!(Pattern::parse(wrong), None, "{wrong}");
        }
    }
}
