//! A chip, or a system of chips, as the mapper sees it: cores, mesh, capacities, prices.

mod built_in;
mod file;

pub use built_in::{BUILT_IN, built_in};

use super::{cost::StatedCost, mesh::Mesh, objective::Weights};

/// What is mapped to.
#[derive(Clone, Debug)]
pub struct Architecture {
    /// The name.
    pub name: String,
    /// What it is and how well it is known, in a sentence.
    pub summary: String,
    /// Where the cores stand.
    pub mesh: Mesh,
    /// What a core holds. A target may use a cost model of its own instead.
    pub cost: StatedCost,
    /// What a packet costs that stays on its core, as a part of one that leaves it: 0 where local delivery is
    /// free, 1 where it is a packet like others.
    pub local_packet: f64,
    /// Whether one packet serves several cores, splitting where their paths part; else each core is sent
    /// its own.
    pub multicast: bool,
    /// What a placement is judged by, unless the target has an objective of its own.
    pub objective: Weights,
    /// Joules.
    pub energy: Prices,
    /// Seconds.
    pub latency: Prices,
}

/// What each event costs, where a number is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices {
    /// A connection that a spike passes.
    pub synapse: Option<Quantity>,
    /// A neuron in a step.
    pub neuron: Option<Quantity>,
    /// A spike of a neuron.
    pub spike: Option<Quantity>,
    /// A packet that a core sends, local ones included if they are packets.
    pub packet_out: Option<Quantity>,
    /// A packet that a core takes.
    pub packet_in: Option<Quantity>,
    /// A packet on a link along x.
    pub hop_x: Option<Quantity>,
    /// A packet on a link along y.
    pub hop_y: Option<Quantity>,
    /// A packet on a link to another chip, in place of the hop.
    pub crossing: Option<Quantity>,
    /// The end of a step.
    pub barrier: Option<Quantity>,
    /// The time for which a packet holds a link; the inverse of its bandwidth.
    pub link: Option<Quantity>,
}

/// A number with its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// The number.
    pub value: f64,
    /// Where it comes from, and how well it is known.
    pub source: String,
}

impl Architecture {
    /// The most neurons of a core: the smallest capacity of which each neuron takes one or more.
    pub fn most_neurons(&self) -> u64 {
        self.cost.most_neurons()
    }
}

impl Prices {
    /// The value of a price; 0 if it is not known.
    pub fn value(price: &Option<Quantity>) -> f64 {
        price.as_ref().map_or(0.0, |q| q.value)
    }

    /// All prices with their names.
    pub fn all(&self) -> [(&'static str, &Option<Quantity>); 10] {
        [
            ("synapse", &self.synapse),
            ("neuron", &self.neuron),
            ("spike", &self.spike),
            ("packet_out", &self.packet_out),
            ("packet_in", &self.packet_in),
            ("hop_x", &self.hop_x),
            ("hop_y", &self.hop_y),
            ("crossing", &self.crossing),
            ("barrier", &self.barrier),
            ("link", &self.link),
        ]
    }

    /// Whether any is known.
    pub fn any(&self) -> bool {
        self.all().iter().any(|(_, price)| price.is_some())
    }
}
