//! Tests of the SpiNNaker2 target through its public interface.
//!
//! Vectors from outside the repository, PACMAN's own test tables among them, are read below `NIRC_CORPUS`
//! (`../shared` by default). A test that cannot run for want of them says so.

mod corpus;
mod field;
mod golden;
mod graphs;
mod image;
mod networks;
mod paper;
mod published;
mod random;
mod routing;
