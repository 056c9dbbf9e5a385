//! The files that hold a network: lava-dl's `.net` where netx can hold it, otherwise arrays for a Lava
//! script; beside them, a description with what these cannot hold.

mod archive;
mod describe;
mod parse;

use nirc_dialects::finding::{Finding, Findings};

use super::{
    network::{Network, Neuron, Synapses},
    netx,
};
use crate::File;

/// lava-dl's network exchange file.
pub const NETX: &str = "network.net";
/// The arrays of a network that netx cannot hold.
pub const ARRAYS: &str = "network.npz";
/// The network without its arrays, of either form.
pub const DESCRIPTION: &str = "network.json";
/// Builds the network in Lava and runs it.
pub const SCRIPT: &str = "run_lava.py";
/// The text of [`SCRIPT`], the same for all networks.
pub const SCRIPT_TEXT: &str = include_str!("run_lava.py");

/// In which form a network is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// lava-dl's network exchange.
    Netx,
    /// A Lava script with arrays.
    Lava,
}

/// The files of a network, as netx if that can hold it; with why not, otherwise.
///
/// # Errors
///
/// What neither form holds.
pub fn write(network: &Network) -> Result<(Vec<File>, Findings), Findings> {
    match write_as(network, Form::Netx) {
        Ok(files) => Ok((files, Findings::new())),
        Err(why) => {
            let files = write_as(network, Form::Lava)?;
            let mut notes = Findings::new();
            for finding in why.iter() {
                let note = Finding::note(
                    "loihi2-lava-script",
                    "netx holds a network where it can",
                    format!("a Lava script is written instead: {}", finding.what),
                );
                notes.push(match &finding.node {
                    Some(node) => note.at(node.as_str()),
                    None => note,
                });
            }
            Ok((files, notes))
        }
    }
}

/// The files of a network in one form; the same network gives the same bytes.
///
/// # Errors
///
/// What the form cannot hold.
pub fn write_as(network: &Network, form: Form) -> Result<Vec<File>, Findings> {
    let description = File::text(
        DESCRIPTION,
        describe::describe(network, form),
        "names, shapes, inputs and outputs of the network",
    );
    let file = |name: &str, content, purpose| File {
        name: name.to_owned(),
        content,
        purpose,
    };
    match form {
        Form::Netx => {
            let purpose = "the network for lava-dl's netx";
            Ok(vec![
                file(NETX, netx::write(network)?, purpose),
                description,
            ])
        }
        Form::Lava => {
            network.check()?;
            delayed_kernels(network)?;
            let arrays = archive::write(&describe::arrays(network)).map_err(|error| {
                Finding::error("loihi2-arrays", "arrays can be written", error.to_string())
            })?;
            let script = File::text(SCRIPT, SCRIPT_TEXT.to_owned(), "builds and runs it in Lava");
            Ok(vec![
                file(ARRAYS, arrays, "the network's arrays"),
                description,
                script,
            ])
        }
    }
}

/// The network that files hold.
///
/// # Errors
///
/// What keeps them from being read, and where description and numbers do not go together.
pub fn read(files: &[File]) -> Result<Network, Findings> {
    let named = |name: &str| files.iter().find(|file| file.name == name);
    let description = named(DESCRIPTION).map(File::as_text).transpose()?;
    if let Some(file) = named(NETX) {
        let network = netx::read(file.content.clone(), NETX)?;
        return match description {
            Some(description) => Ok(parse::name(network, description)?),
            None => Ok(network),
        };
    }
    let (Some(description), Some(arrays)) = (description, named(ARRAYS)) else {
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        return Err(Finding::error(
            "loihi2-files",
            "a network is `network.net`, or `network.npz` with `network.json`",
            format!("the files are {}", names.join(", ")),
        )
        .into());
    };
    let arrays = archive::read(&arrays.content)
        .map_err(|what| Finding::error("loihi2-arrays", "arrays can be read", what).at(ARRAYS))?;
    let network = parse::parse(description, &arrays)?;
    network.check()?;
    Ok(network)
}

/// Lava has delays for synapses one by one only, so the script writes out a kernel with one; such
/// synapses lose what they have no bits for, which a kernel does not.
fn delayed_kernels(network: &Network) -> Result<(), Findings> {
    let mut findings = Findings::new();
    for connection in &network.connections {
        let Synapses::Convolution(convolution) = &connection.synapses else {
            continue;
        };
        let bits = (connection.sign_mode, connection.weight_bits);
        let kept = |w: &i32| super::network::effective_weight(*w, bits.0, bits.1) == *w;
        let weights = super::network::integers(&convolution.weight);
        if connection.delay.most() > 0
            && let Some(weight) = weights.iter().find(|w| !kept(w))
        {
            let finding = Finding::error(
                "loihi2-delayed-kernel",
                "the weights of a kernel with delay are held by the bits that it has",
                format!("one is {weight}, with {} bits", bits.1),
            );
            findings.push(finding.at(connection.name.as_str()));
        }
    }
    if findings.has_errors() {
        Err(findings)
    } else {
        Ok(())
    }
}

/// The kind of a population in the description.
fn kind(neuron: Option<&Neuron>) -> &'static str {
    match neuron {
        None => "input",
        Some(Neuron::Lif(_)) => "lif",
        Some(Neuron::Relay { .. }) => "relay",
    }
}
