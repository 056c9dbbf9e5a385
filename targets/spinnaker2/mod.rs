//! SpiNNaker2: chip data, the applications of py-spinnaker2, and a model of what they compute. See
//! `docs/targets/spinnaker2.md`.

pub mod application;
pub mod chip;
pub mod chip_data;
pub mod convolution;
pub mod grid;
pub mod image;
pub mod model;
pub mod network;
mod quantize;
pub mod rows;
pub mod word;
