//! Tests of the rules and of what is around them.

mod check;
mod draft;
mod examples;
mod growth;
#[cfg(feature = "ilp")]
mod ilp;
mod neuron;
mod page;
mod programs;
mod random;
mod random_programs;
mod rules;
mod run;
