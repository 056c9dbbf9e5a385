//! SynSense Speck: chip data, legality, files and a model of the three chips of the family. See
//! `docs/targets/speck.md`.

pub mod chip;
mod chip_data;
pub mod configuration;
pub mod format;
pub mod legal;
pub mod loader;
pub mod memory;
pub mod model;
pub mod program;
