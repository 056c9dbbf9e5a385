//! Routing keys, multicast tables and their compression, and a mesh that checks them.
//!
//! ```text
//! Population*  --plan-->  Plan { keys, tables }  --compress-->  tables  --Mesh::check-->  Summary
//! ```
//!
//! 1. Say which neurons are on which cores, and which cores their packets go to: [`Population`],
//!    [`Slice`], [`Core`], [`Chip`]. The [`Machine`] is a chip, a board, or any mesh or torus, less what
//!    is broken.
//! 2. [`plan()`] finds paths, gives every neuron a key ([`Keys`]: neuron n of a slice sends the n-th key
//!    of the slice's block) and makes one [`Table`] for each chip that packets cross.
//! 3. [`Plan::compress`] makes the tables shorter, with [`Options`]; it refuses what exceeds
//!    [`limits::ENTRIES`] even so. [`compress()`] does it for one table.
//! 4. [`Mesh::check`] sends the packets of every neuron through tables, compressed or not, and finds
//!    those that do not reach exactly their targets. [`exact`] proves two tables equal on all keys in
//!    use.
//!
//! The same input gives the same bytes. Nothing here knows MLIR. How it works, what it costs and how
//! it compares: `docs/targets/spinnaker2-routing.md`.

pub mod compress;
pub mod exact;
pub mod limits;
pub mod pacman;

mod cluster;
mod keys;
mod machine;
mod mesh;
mod plan;
mod route;
mod table;
mod traffic;
mod tree;

pub use compress::{Effort, Options, Order, Unused, compress};
pub use keys::Keys;
pub use machine::{Chip, Core, Machine};
pub use mesh::{Delivery, Mesh, Summary};
pub use plan::{Plan, plan};
pub use route::{Link, Route};
pub use table::{Entry, KeyMask, Table};
pub use traffic::{Population, Slice};
