//! Tests of the SpiNNaker2 target through its public interface.
//!
//! Vectors from outside the repository, PACMAN's own test tables among them, are read below `NIRC_CORPUS`
//! (`../shared` by default), PACMAN 7.4.1 is used where `NIRC_PACMAN_PYTHON` names an interpreter that
//! has it. A test that cannot run for want of these says so.

mod corpus;
mod field;
mod golden;
mod graphs;
mod image;
mod networks;
mod pacman;
mod paper;
mod published;
mod random;
mod routing;
