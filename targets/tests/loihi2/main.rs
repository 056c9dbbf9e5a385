//! Tests of the Loihi 2 target through its public interface.
//!
//! Vectors from outside the repository are read below `NIRC_CORPUS` (`../shared` by default); lava-nc 0.10.0
//! and lava-dl 0.6.0 are used where `NIRC_LAVA_PYTHON` names an interpreter that has them (python 3.10). A
//! test that cannot run for want of these says so.

#[path = "../xylo/corpus.rs"]
#[allow(dead_code, reason = "helpers of all targets' tests")]
mod corpus;
mod files;
mod golden;
mod live;
mod random;
mod resources;
mod vector;
