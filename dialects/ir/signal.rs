//! Signal types in text: `!dialect.name<[shape], parameters>`.
//!
//! MLIR's C interface cannot read the parameters of a type that IRDL defined, so a typed view reads
//! the type's text.

use melior::{Context, ir::Type};

use crate::finding::Finding;

/// The parts of a signal type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalText {
    /// `dialect.name`.
    pub name: String,
    /// The extent of each dimension.
    pub shape: Vec<usize>,
    /// The parameters after the shape, as printed.
    pub parameters: Vec<String>,
}

impl SignalText {
    /// The parts of `signal`, or `None` for a type of another form.
    pub fn of(signal: Type<'_>) -> Option<Self> {
        let text = signal.to_string();
        let (name, rest) = text.strip_prefix('!')?.split_once('<')?;
        let (shape, rest) = rest.strip_prefix('[')?.split_once(']')?;
        let shape = shape
            .split(',')
            .map(str::trim)
            .filter(|extent| !extent.is_empty())
            .map(|extent| extent.parse().ok())
            .collect::<Option<_>>()?;
        let parameters = rest
            .strip_suffix('>')?
            .split(',')
            .map(|p| p.trim().to_owned())
            .filter(|p| !p.is_empty())
            .collect();
        Some(Self {
            name: name.to_owned(),
            shape,
            parameters,
        })
    }
}

/// The MLIR type of a signal, from its text.
///
/// # Errors
///
/// A finding if the text is no type.
pub fn signal_type<'c>(context: &'c Context, text: &str) -> Result<Type<'c>, Finding> {
    Type::parse(context, text)
        .ok_or_else(|| Finding::error("ir-type", "a signal type can be built", text))
}

/// A shape as it stands in a signal type: `[2, 34, 34]`.
pub fn shape_text(shape: &[usize]) -> String {
    let extents: Vec<_> = shape.iter().map(usize::to_string).collect();
    format!("[{}]", extents.join(", "))
}
