//! lava-dl's network exchange files (`.net`), which its netx loads into Lava: HDF5 of layers that
//! follow one another.
//!
//! Source of the format and of what the loader makes of it: lava-dl 0.6.0, `lava/lib/dl/netx/hdf5.py`,
//! `utils.py`, `blocks/process.py`. The loader changes weights of some layers without a word; what is
//! written here is only what it loads as it is.

mod fields;
mod read;
mod weights;
mod write;

pub use self::{read::read, write::write};

/// The exponent of every bias (`hdf5.py`, `get_neuron_params`).
const BIAS_EXPONENT: i8 = 6;
