//! SynSense Xylo: chip data, legality, quantiser, mapper, emitters and a bit-exact model of the four
//! chips of the family. See `docs/targets/xylo.md`.

pub mod chip;
mod chip_data;
pub mod emit;
mod fields;
pub mod json;
pub mod legal;
pub mod loader;
mod map;
pub mod model;
mod quantize;
pub mod registers;
pub mod samna;
pub mod specification;

use nirc_dialects::finding::Finding;
use nirc_passes::{Lowering, QuantizeOptions, Target};

use chip::Chip;
pub use chip_data::CHIPS;

/// A chip of the family as a target of the passes.
pub struct Xylo(&'static Chip);

/// The chips, oldest first.
pub static TARGETS: [Xylo; 4] = [
    Xylo(&CHIPS[0]),
    Xylo(&CHIPS[1]),
    Xylo(&CHIPS[2]),
    Xylo(&CHIPS[3]),
];

impl Target for Xylo {
    fn name(&self) -> &'static str {
        self.0.name
    }

    fn quantize(
        &self,
        lowering: &mut Lowering<'_, '_, '_>,
        options: &QuantizeOptions,
    ) -> Result<(), Finding> {
        quantize::quantize(self.0, lowering, options)
    }

    fn map(&self, lowering: &mut Lowering<'_, '_, '_>) -> Result<(), Finding> {
        map::map(self.0, lowering)
    }
}
