//! Tests of the rules and of what is around them.

mod check;
mod draft;
mod examples;
mod neuron;
mod programs;
mod random;
mod random_programs;
mod rules;
mod run;
