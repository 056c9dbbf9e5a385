//! What a placement is judged by.

/// Traffic on the links of a mesh in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Traffic {
    /// Packets from core to core.
    pub packets: f64,
    /// Packets from a core to itself.
    pub local_packets: f64,
    /// Packets times the links along x that each takes.
    pub hops_x: f64,
    /// The same along y.
    pub hops_y: f64,
    /// Of these, those that lead to another chip.
    pub crossings: f64,
    /// The most packets on a link.
    pub max_link: f64,
    /// The sum over all links of their packets, squared.
    pub squares: f64,
}

/// The number that placers make small. A target gives its own.
pub trait Objective: Sync {
    /// The smaller, the better; finite.
    fn value(&self, traffic: &Traffic) -> f64;
}

/// A sum with weights, as an architecture file states it: J = hops C + max_link L + squares Q, after
/// M-HySMap (arXiv 2608.26223), whose third term is the variance of the link loads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// For each packet from core to core; a placement doesn't change them, moving neurons does.
    pub packet: f64,
    /// For each packet from a core to itself.
    pub local_packet: f64,
    /// For each hop along x.
    pub hop_x: f64,
    /// For each hop along y.
    pub hop_y: f64,
    /// For each hop to another chip, in addition.
    pub crossing: f64,
    /// For each packet on the link with the most.
    pub max_link: f64,
    /// For the sum of the squares of the loads.
    pub squares: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            packet: 0.0,
            local_packet: 0.0,
            hop_x: 1.0,
            hop_y: 1.0,
            crossing: 0.0,
            max_link: 0.1,
            squares: 0.0,
        }
    }
}

impl Objective for Weights {
    fn value(&self, traffic: &Traffic) -> f64 {
        self.packet * traffic.packets
            + self.local_packet * traffic.local_packets
            + self.hop_x * traffic.hops_x
            + self.hop_y * traffic.hops_y
            + self.crossing * traffic.crossings
            + self.max_link * traffic.max_link
            + self.squares * traffic.squares
    }
}

/// The duration of a step as the largest of several terms (Timcheck, Pierro and Shrestha, arXiv 2601.10035):
/// those of the cores, which a placement doesn't change, and that of the busiest link. Among equals, fewer
/// hops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepTime {
    /// Seconds that the cores and the barrier take at least.
    pub floor: f64,
    /// Seconds for which a packet holds a link.
    pub link: f64,
    /// Seconds for each hop: small, so that it only decides among equals.
    pub hop: f64,
}

impl Objective for StepTime {
    fn value(&self, traffic: &Traffic) -> f64 {
        self.floor.max(self.link * traffic.max_link) + self.hop * (traffic.hops_x + traffic.hops_y)
    }
}
