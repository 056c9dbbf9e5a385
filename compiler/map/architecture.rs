//! The architecture that is mapped to: a file, or one that comes with nirc.

use std::path::Path;

use nirc_dialects::finding::Findings;
use nirc_passes::map::{Architecture, BUILT_IN, built_in};

use super::refuse;
use crate::load;

/// Reads an architecture by its file or its name.
///
/// # Errors
///
/// What is wrong with it, or that it is neither.
pub fn read(name: &str, settings: &[(String, String)]) -> Result<Architecture, Findings> {
    if let Some(architecture) = built_in(name, settings) {
        return architecture;
    }
    let path = Path::new(name);
    if path.extension().is_none() && !path.exists() {
        let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        return Err(refuse(
            "an architecture is a TOML file or one that comes with nirc",
            format!("`{name}` is neither"),
        )
        .fix(format!(
            "those that come with nirc are {}",
            names.join(", ")
        ))
        .into());
    }
    Architecture::from_toml(&load::text(path)?, settings)
}
