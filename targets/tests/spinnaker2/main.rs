//! Tests of the SpiNNaker2 target through its public interface.
//!
//! PACMAN's own test tables are read below `NIRC_CORPUS` (`../shared` by default). A test that cannot
//! run for want of these says so.

mod corpus;
mod published;
mod random;
mod routing;
