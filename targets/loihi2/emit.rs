//! The files of a compilation.

mod manifest;

use melior::ir::OperationRef;
use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::Simulator,
    tensor::TensorStore,
};

use super::{chip::System, model::Simulation, network::Network, netx, placed::Placed, report};
use crate::File;

/// Where everything stands, and what it takes.
pub const MANIFEST: &str = "loihi2.json";
/// The cores in the columns of Intel's compiler.
pub const CORES: &str = "cores.md";
/// The network for lava-dl's netx.
pub const NETX: &str = "network.net";

/// The files of a module of level `hw`: the network as a netx file if netx can hold it, else as a script for
/// Lava with its arrays.
///
/// # Errors
///
/// Ops that do not fit each other, and what no file holds.
pub fn emit(
    system: &System,
    module: OperationRef<'_, '_>,
    tensors: &TensorStore,
) -> Result<Vec<File>, Findings> {
    let placed = Placed::read(module, tensors)?;
    let mut files = Vec::new();
    let refused = match whole(&placed.network).and_then(netx::write) {
        Ok(content) => {
            files.push(File {
                name: NETX.to_owned(),
                content,
                purpose: "the network for lava-dl's netx",
            });
            Vec::new()
        }
        Err(findings) => findings.iter().cloned().collect(),
    };
    files.push(File::text(
        MANIFEST,
        manifest::write(system, &placed, &refused),
        "what stands on which core, and what it takes",
    ));
    files.push(File::text(
        CORES,
        report::table(&placed.network),
        "the cores in the columns of Intel's compiler",
    ));
    Ok(files)
}

/// A network whose nodes are one population each, which a netx file needs.
fn whole(network: &Network) -> Result<&Network, Findings> {
    match network.populations.iter().find(|p| p.part.is_some()) {
        None => Ok(network),
        Some(population) => Err(Finding::error(
            "loihi2-netx",
            "a layer of a netx file has one set of parameters",
            format!("`{}` is a part of a node", population.name),
        )
        .into()),
    }
}

/// The model of what files say.
///
/// # Errors
///
/// What keeps the files from being loaded.
pub fn model(files: &[File]) -> Result<Box<dyn Simulator>, Findings> {
    let find = |name: &str| files.iter().find(|file| file.name == name);
    let missing = |name: &str| {
        Findings::from(Finding::error(
            "loihi2-files",
            "the model is loaded with a network and its manifest",
            format!("no file is named `{name}`"),
        ))
    };
    let manifest = find(MANIFEST).ok_or_else(|| missing(MANIFEST))?;
    let file = find(NETX).ok_or_else(|| missing(NETX))?;
    let mut network = netx::read(file.content.clone(), NETX)?;
    manifest::name(&mut network, manifest.as_text()?)?;
    Ok(Box::new(Simulation::new(network)?))
}
