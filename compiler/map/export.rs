//! Files for other tools.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use nirc_dialects::finding::Finding;
use nirc_passes::map::{
    Architecture, Network, SpikeTrains, hmetis, sana_fe_architecture, sana_fe_network,
};

use super::Made;

/// Writes the hypergraph over neurons.
///
/// # Errors
///
/// What the file system refuses.
pub fn hypergraph(path: &Path, network: &Network) -> Result<(), Finding> {
    write(path, |out| hmetis(network, out))
}

/// Writes architecture and map for SANA-FE.
///
/// # Errors
///
/// What the file system refuses.
pub fn sana_fe(
    folder: &Path,
    network: &Network,
    architecture: &Architecture,
    made: &Made,
    trains: SpikeTrains,
) -> Result<(), Finding> {
    write(&folder.join("architecture.yaml"), |out| {
        sana_fe_architecture(architecture, out)
    })?;
    write(&folder.join("network.yaml"), |out| {
        let (partition, placement) = (&made.partition, &made.placement);
        sana_fe_network(network, architecture, partition, placement, trains, out)
    })
}

fn write(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), Finding> {
    let write = || {
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let mut out = BufWriter::new(File::create(path)?);
        content(&mut out)?;
        out.flush()
    };
    write().map_err(|error| {
        Finding::error(
            "output",
            "the output can be written",
            format!("`{}`: {error}", path.display()),
        )
    })
}
