//! Tests of the whole compiler: the command as a user runs it, in fresh processes.
//!
//! Data from outside the repository is read from the folder that `NIRC_CORPUS` names, `../shared`
//! by default. Where it is absent, or an interpreter that a test needs is, the test says so on
//! standard error and passes.

mod accuracy;
mod chip;
mod continuous;
mod conventions;
mod corpus;
mod cut;
mod definitions;
mod exact_integers;
mod fixed_point;
mod four_chips;
mod frameworks;
mod inputs;
mod lava;
mod loihi2;
mod loihi2_models;
mod random;
mod repeat;
mod rockpool;
mod round_trip;
mod samna;
mod speck;
mod spinnaker2;
mod support;
#[path = "../../targets/tests/loihi2/vector.rs"]
#[allow(dead_code, reason = "what golden vectors need too")]
mod trace;
mod verify;
