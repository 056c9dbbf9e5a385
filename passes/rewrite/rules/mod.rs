//! The rules: tables by theme, and what a rule is.
//!
//! What is asked of a rule stands in `../README.md`.

mod bias;
mod convolution;
mod delay;
mod given;
mod linear;
mod neuron;
mod pool;
mod prune;
mod reshape;
mod scale;
mod split;
mod sum;

pub use given::Given;

use super::common::Level;

/// An equality that is exact, from left to right.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The name in reports.
    pub name: &'static str,
    /// What holds, in a line.
    pub law: &'static str,
    /// Where it holds.
    pub set: Set,
    /// The pattern; `(sum a b ...)` matches operands of a sum in any places, see
    /// [`matcher`](super::matcher).
    pub left: &'static str,
    /// What is equal to it.
    pub right: &'static str,
    /// The condition. It binds the variables of the right side that the left has not; `None` if the rule
    /// does not hold.
    pub given: fn(&mut Given<'_>) -> Option<()>,
}

/// The levels at which a rule is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Over the reals, in continuous time.
    Ct,
    /// In discrete time.
    Dt,
    /// Both.
    Both,
}

impl Set {
    /// Whether rules of this set hold at a level.
    pub fn holds_at(self, level: Level) -> bool {
        match self {
            Self::Both => true,
            Self::Ct => level == Level::Ct,
            Self::Dt => level == Level::Dt,
        }
    }

    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ct => "ct",
            Self::Dt => "dt",
            Self::Both => "ct, dt",
        }
    }
}

/// All rules, by theme.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let themes: [&[Rule]; 11] = [
        scale::RULES,
        bias::RULES,
        linear::RULES,
        sum::RULES,
        convolution::RULES,
        pool::RULES,
        reshape::RULES,
        delay::RULES,
        neuron::RULES,
        prune::RULES,
        split::RULES,
    ];
    themes.into_iter().flatten()
}

/// The rules that are exact at a level.
pub fn at(level: Level) -> Vec<Rule> {
    all()
        .filter(|rule| rule.set.holds_at(level))
        .copied()
        .collect()
}
