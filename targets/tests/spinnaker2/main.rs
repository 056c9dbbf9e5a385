//! Tests of the SpiNNaker2 target through its public interface.
//!
//! Vectors from outside the repository are read below `NIRC_CORPUS` (`../shared` by default); a test
//! that cannot run for want of them says so.

#[path = "../xylo/corpus.rs"]
#[allow(dead_code)]
mod corpus;
mod field;
mod golden;
mod graphs;
mod image;
mod networks;
mod paper;
mod random;
