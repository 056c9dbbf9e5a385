//! The Python file that loads a specification into the user's own samna.

/// The text of `load_xylo.py`, which is written beside the specification. It needs samna and
/// nothing else.
pub const LOADER: &str = include_str!("load_xylo.py");
