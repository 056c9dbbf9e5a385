//! The Python file that loads a configuration into the user's own samna.

/// The text of `load_speck.py`, which is written beside the configuration. It needs samna and nothing
/// else.
pub const LOADER: &str = include_str!("load_speck.py");
