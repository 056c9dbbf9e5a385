//! The memory of a processing element as an application finds it: a data specification with pointers
//! to regions, and the regions.
//!
//! Little-endian words of 32 bits. Source of the layout: the C headers and `pe_config` beside NESTML's
//! generated applications (nest/nestml 4bde5dbec, 7a6166267, 372914cc4); no image was loaded onto a
//! chip.

mod decode;
mod encode;
pub mod layout;
pub mod size;

use super::word::{Synapse, SynapseWord};

pub use encode::Encoded;

/// What a processing element is loaded with.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// The number of neurons.
    pub neurons: usize,
    /// Parameters of each neuron, neuron by neuron, each in the application's order.
    pub parameters: Vec<f32>,
    /// Whether a spike takes the threshold off, and does not set `v_reset`.
    pub reset_by_subtraction: bool,
    /// The key of the first neuron's packets; neuron i sends this plus i.
    pub key: u32,
    /// The words of the target list, for routing from core to core; with the router none.
    pub targets: Vec<u32>,
    /// Cycles of the 1 MHz reference clock in a tick.
    pub timer_period: u32,
    /// Ticks of a run.
    pub ticks: u32,
    /// What is recorded.
    pub record: Records,
    /// How synapse words are divided.
    pub word: SynapseWord,
    /// The synapses of each packet that does something here, by ascending key. Targets are neurons of
    /// this element.
    pub rows: Vec<(u32, Vec<Synapse>)>,
}

/// What a processing element records of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// The neurons that spike, in each tick.
    pub spikes: bool,
    /// Potentials.
    pub voltage: Voltage,
    /// When a tick was done, for each tick.
    pub time_done: bool,
}

/// Which potentials are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voltage {
    /// None.
    #[default]
    None,
    /// Those of every tick.
    Every,
    /// Those of the last tick.
    Last,
}
