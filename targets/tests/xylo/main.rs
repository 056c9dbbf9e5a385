//! Tests of the Xylo target through its public interface.
//!
//! Vectors from outside the repository are read below `NIRC_CORPUS` (`../shared` by default), the
//! vendor's tools are used where an interpreter that has them is named: `NIRC_XYLOSIM_PYTHON` for
//! xylosim 0.1.3, `NIRC_SAMNA_PYTHON` for samna 0.7.1.0 (python 3.10). A test that cannot run for
//! want of these says so.

mod corpus;
mod golden;
mod legal;
mod lints;
mod lowering;
mod mapping;
mod model;
mod random;
mod registers;
mod samna;
mod specification;
mod vendor;
