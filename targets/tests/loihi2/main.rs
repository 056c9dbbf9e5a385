//! Tests of the Loihi 2 target through its public interface.
//!
//! Vectors from outside the repository are read below `NIRC_CORPUS` (`../shared` by default). A test that
//! cannot run for want of these says so.

#[path = "../xylo/corpus.rs"]
#[allow(dead_code, reason = "helpers of all targets' tests")]
mod corpus;
mod golden;
mod vector;
