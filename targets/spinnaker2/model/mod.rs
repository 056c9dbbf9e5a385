//! The chip model: what a processing element computes, tick by tick.
//!
//! In tick t, in this order (sources in [`neurons`]):
//! 1. packets that came since the last tick add the weights of their synapses to rings of eight
//!    slots, each synapse to the slot of tick t + delay; positive and negative weights have rings of
//!    their own;
//! 2. the slot of t is taken and cleared, and the currents, the potential and the spikes computed;
//! 3. spikes are sent; they are there for their targets in tick t + 1.

mod images;
mod network;
pub mod neurons;
mod record;

pub use images::Machines;
pub use network::Model;
