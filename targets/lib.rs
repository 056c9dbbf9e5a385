//! The chips that nirc compiles to: one folder a chip family. No target knows another.
//!
//! A target is chip data, legality, a quantiser, a mapper, an emitter, and a model that runs what
//! was emitted. See `docs/targets`.

pub mod xylo;

use nirc_passes::Target;

/// All chips, by family, oldest first.
pub fn all() -> Vec<&'static dyn Target> {
    xylo::TARGETS.iter().map(|t| t as &dyn Target).collect()
}

/// The chip of this name or part number.
pub fn lookup(name: &str) -> Option<&'static dyn Target> {
    let name = xylo::chip::lookup(name).map_or(name, |chip| chip.name);
    all().into_iter().find(|target| target.name() == name)
}
