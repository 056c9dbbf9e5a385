//! `ct-rewrite` and `dt-rewrite`: equality saturation with a target's cost.
//!
//! A module becomes terms ([`import`]), rules add what is equal to them ([`rules`], [`mod@saturate`]), and of
//! all equal programs the cheapest for the target is written back ([`cost`], [`extract`], [`export`]).
//! See `docs/rewriting.md`, and `README.md` here for how to write a rule.

mod analysis;
mod attributes;
mod candidates;
mod common;
pub mod cost;
mod dump;
pub mod event_chip;
mod explain;
mod export;
mod extract;
mod fault;
mod import;
mod language;
mod matcher;
mod names;
mod pass;
mod pattern;
mod population;
mod report;
mod rules;
mod saturate;
mod tensors;
#[cfg(test)]
mod tests;
mod text;
mod window;

pub use self::{
    analysis::{Kind, Signal},
    import::Observe,
    pass::{CtRewrite, DtRewrite, RewriteOptions, Without, rewrite},
    population::{Form, Parameters, Population},
    report::{Report, ReportSink},
    rules::{Rule, Set, all as rules},
    saturate::{Bounds, Saturation, Stop},
    window::{Axis, Window},
};
