//! The files for a chip, from a module of level `hw` and nothing else.

mod fill;

use melior::ir::OperationRef;
use nirc_dialects::{
    finding::{Finding, Findings},
    hw::{self, Op},
    ir::{self, DialectOp, node_name},
    tensor::TensorStore,
};

use self::fill::Filling;
use super::{
    chip::Chip,
    configuration::Configuration,
    format::{self, Format},
    legal,
    loader::LOADER,
    placement::Placement,
    program,
};
use crate::File;

/// The name of the configuration.
pub(super) const CONFIGURATION: &str = "config.json";
/// The name of the file that knows the nodes.
pub(super) const PLACEMENT: &str = "placement.json";

/// How the configuration of a chip is written: what samna itself reads where that is known.
pub(super) fn format(chip: &Chip) -> Format {
    match chip.name {
        "speck2b" => Format::Cereal,
        _ => Format::Properties,
    }
}

/// The files of a module, placed on `chip`.
///
/// # Errors
///
/// All ops that cannot be read, tables that do not fit, and errors of [`legal::check`].
pub fn emit(
    chip: &Chip,
    module: OperationRef<'_, '_>,
    tensors: &TensorStore,
    template: Option<&str>,
) -> Result<Vec<File>, Findings> {
    if template.is_some() {
        return Err(Finding::error(
            "speck-template",
            "a configuration is filled into samna's default by load_speck.py",
            "a template is given",
        )
        .fix("leave out --template: load_speck.py sets the configuration on your own samna's default")
        .into());
    }
    let (configuration, placement) = placed(chip, module, tensors)?;
    let findings = legal::check(&configuration, chip, &placement.nodes_by_core());
    if findings.has_errors() {
        return Err(findings);
    }
    let mut files = Vec::new();
    let format = format(chip);
    let words = (format == Format::Cereal).then(|| program::words(&configuration));
    let purpose = match format {
        Format::Cereal => "samna configuration, for from_json",
        Format::Properties => "configuration by samna's attribute names, for load_speck.py",
    };
    let text = format::write(configuration, format);
    files.push(File::text(CONFIGURATION, text, purpose));
    files.push(File::text(
        PLACEMENT,
        placement.write(),
        "which node is on which core, and where the host sends events",
    ));
    match words {
        Some(words) => files.push(File::text(
            "program.json",
            program::file(&words),
            "the 20-bit words that samna sends for the configuration",
        )),
        None => files.push(File::text(
            "load_speck.py",
            LOADER.to_owned(),
            "sets the configuration on the user's samna and validates",
        )),
    }
    Ok(files)
}

/// The configuration and the placement that a module says.
///
/// # Errors
///
/// All ops that cannot be read, and tables and places that do not fit the chip.
pub fn placed(
    chip: &Chip,
    module: OperationRef<'_, '_>,
    tensors: &TensorStore,
) -> Result<(Configuration, Placement), Findings> {
    let step = ir::module_attribute(module, hw::STEP);
    let mut filling = Filling::new(chip, tensors, step);
    let mut findings = Findings::new();
    for operation in ir::operations(module) {
        let filled = Op::read(operation).and_then(|op| {
            let node = node_name(operation);
            filling.op(&node, &op).map_err(|finding| finding.at(node))
        });
        if let Err(finding) = filled {
            findings.push(finding);
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    let Filling {
        configuration,
        mut placement,
        ..
    } = filling;
    if configuration.cores.iter().any(|core| core.leak_enable) {
        placement.slow_clock = placement.step.map(|step| 1.0 / step);
    }
    for population in &mut placement.populations {
        population.parts.sort_by_key(|part| part.first);
    }
    Ok((configuration, placement))
}
