//! Tests of the Speck target through its public interface.
//!
//! Vectors from outside the repository are read below `NIRC_CORPUS` (`../shared` by default); samna
//! 0.7.1.0 is used where `NIRC_SAMNA_PYTHON` names an interpreter that has it (python 3.10). A test that
//! cannot run for want of these says so.

mod calibration;
#[path = "../xylo/corpus.rs"]
mod corpus;
mod faults;
mod files;
mod golden;
mod joins;
mod legal;
mod lower;
mod lowering;
mod mapping;
mod models;
mod nir;
mod peers;
mod plain;
mod random;
mod samna;
mod splits;
mod text;
mod variants;
