//! Whether a chip can hold a configuration: all violations at once, by core and by NIR node.
//!
//! Errors are what the chip or the vendor's validator refuses, what would be loaded as another number,
//! and what the chip would do wrong in silence; warnings are what loads but is probably not meant. Where
//! this is stricter than the vendor's validator stands in [`STRICTER`].

mod arrays;
mod geometry;
mod routes;
mod sensor;
mod stricter;
mod values;

use nirc_dialects::finding::{Finding, Findings};

pub use stricter::{STRICTER, Stricter};

use super::{
    chip::{CORES, Chip},
    configuration::{Configuration, Core},
};

/// The NIR node of each core, where it is known.
pub type Nodes = [Option<String>; CORES];

/// Everything that `chip` cannot hold, and everything that it holds but that is probably not meant.
///
/// Time is linear in the number of weights and neurons.
pub fn check(configuration: &Configuration, chip: &Chip, nodes: &Nodes) -> Findings {
    let mut rules = Rules {
        chip,
        nodes,
        findings: Findings::new(),
    };
    if configuration.cores.len() != CORES {
        rules.findings.push(Finding::error(
            "speck-cores",
            "a configuration has all cores of the chip",
            format!("it has {}, not {CORES}", configuration.cores.len()),
        ));
        return rules.findings;
    }
    let reached = routes::reached(configuration);
    for (index, core) in configuration.cores.iter().enumerate() {
        let used = reached[index] || !core.is_unused();
        geometry::check(&mut rules, index, core);
        arrays::check(&mut rules, index, core, used);
        values::check(&mut rules, index, core, used);
    }
    sensor::check(&mut rules, configuration);
    routes::check(&mut rules, configuration);
    rules.findings
}

/// Which cores the sensor or another core sends to.
pub fn reached(configuration: &Configuration) -> [bool; CORES] {
    routes::reached(configuration)
}

/// What all rules need.
struct Rules<'c> {
    chip: &'c Chip,
    nodes: &'c Nodes,
    findings: Findings,
}

impl Rules<'_> {
    /// Adds a finding about a core.
    fn push(&mut self, core: usize, finding: Finding) {
        let node = self.nodes.get(core).and_then(Option::as_ref);
        self.findings.push(match node {
            Some(node) => finding.at(node),
            None => finding,
        });
    }
}

/// `core 3`.
fn name(core: usize) -> String {
    format!("core {core}")
}

/// Shorthand for a core with the fields of interest.
fn output_size(core: &Core) -> (i64, i64) {
    let size = core.dimensions.output.size;
    (size.x, size.y)
}
