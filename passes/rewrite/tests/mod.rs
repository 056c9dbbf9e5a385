//! Tests of the rules and of what is around them.

mod check;
mod draft;
mod examples;
mod rules;
