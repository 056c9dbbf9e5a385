//! The five levels of nirc as MLIR dialects.
//!
//! Each dialect has a folder: its IRDL definition, which MLIR loads and verifies; its typed view,
//! the only place where Rust names an op or attribute; its interpreter, where the level can run.
//! [`nir`] also reads and writes the HDF5 file. No dialect knows a pass or a target.

pub mod ct;
pub mod distance;
pub mod dt;
pub mod finding;
pub mod hw;
pub mod ir;
pub mod nir;
pub mod quant;
#[cfg(test)]
mod random;
pub mod simulation;
pub mod tensor;
pub mod window;
