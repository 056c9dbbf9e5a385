//! What populations take of a core: the architecture's stated cost, but for what convolutions save.

use nirc_passes::map::{CoreLoad, CostModel, Network, Resource, Sharing, StatedCost};

/// Input axons of a convolution on a core, whatever it takes spikes of: the kernel is shared, and 1 or 2
/// were printed for all layers of PilotNet.
const CONVOLUTION_AXONS: u64 = 2;

/// The cost of a core.
pub struct Cost {
    stated: StatedCost,
    axon_in: Option<usize>,
    total: Option<usize>,
}

impl Cost {
    /// From what the architecture states.
    pub fn new(stated: &StatedCost) -> Self {
        let find = |name: &str| stated.resources().iter().position(|r| r.name == name);
        Self {
            axon_in: find("AxonIn"),
            total: find("Total"),
            stated: stated.clone(),
        }
    }
}

impl CostModel for Cost {
    fn resources(&self) -> &[Resource] {
        self.stated.resources()
    }

    fn usage(&self, network: &Network, load: &CoreLoad, usage: &mut [u64]) {
        self.stated.usage(network, load, usage);
        let shared = load.projections.iter().filter(|p| {
            let structure = &network.projections[p.projection].structure;
            structure.shares_weights() && !structure.is_dense()
        });
        let saved: u64 = shared
            .map(|p| p.axons.saturating_sub(CONVOLUTION_AXONS))
            .sum();
        for index in [self.axon_in, self.total].into_iter().flatten() {
            if let Some(used) = usage.get_mut(index) {
                *used = used.saturating_sub(saved);
            }
        }
    }

    fn sharing(&self) -> Sharing {
        self.stated.sharing()
    }
}
