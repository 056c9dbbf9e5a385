//! SpiNNaker2, from NIR files to the chip model.

mod importer;
mod runner;
