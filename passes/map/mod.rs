//! The mapping engine: which neurons stand together on a core, where each core stands, which way packets go,
//! and what all that costs.
//!
//! A target builds a [`Network`] of its populations, gives an [`Architecture`] and, if its cost is no sum of
//! terms, a [`CostModel`] of its own, and calls [`partition`], [`place`] and [`route`]. The page
//! `docs/mapping.md` has the algorithms and defines the metrics.

mod architecture;
mod axis;
mod classes;
mod cost;
mod cuts;
mod export;
mod generate;
mod hypergraph;
mod joint;
mod load;
mod mesh;
mod metrics;
mod network;
mod objective;
mod partition;
mod partitioner;
mod placed;
mod placer;
mod progress;
mod random;
mod read;
mod routing;
mod structure;
#[cfg(test)]
mod tests;
mod tile;

pub use architecture::{Architecture, BUILT_IN, Prices, Quantity, built_in};
pub use axis::Axis;
pub use cost::{CostModel, Resource, Sharing, StatedCost, Terms, WeightMemory, fits, usage};
pub use cuts::Cuts;
pub use export::{SpikeTrains, hmetis, sana_fe_architecture, sana_fe_network};
pub use generate::{GENERATED, generate};
pub use hypergraph::{Hypergraph, PinSet, Source};
pub use joint::refine_placed;
pub use load::{CoreLoad, PopulationLoad, ProjectionLoad};
pub use mesh::{Direction, Mesh};
pub use metrics::{Energy, Map, Metrics, Utilisation};
pub use network::{Network, Population, Projection, Rate};
pub use objective::{Objective, StepTime, Traffic, Weights};
pub use partition::{Grid, OUTSIDE, Part, Partition};
pub use partitioner::{
    Aligned, NeuronOrder, PARTITIONERS, Partitioner, Problem, Refined, Sequential, Tiled, check,
    partition, refine,
};
pub use placed::Placed;
pub use placer::{
    Annealing, ForceDirected, Hilbert, InOrder, PLACERS, PlaceProblem, Placer, Spectral, place,
};
pub use progress::{Progress, Silent};
pub use random::Random;
pub use read::{ReadOptions, read};
pub use routing::{Placement, Routes, Tree, route};
pub use structure::{Sparse, Structure, Taps};
pub use tile::{Extent, Tile};
