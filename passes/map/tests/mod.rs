//! Properties of the whole engine, against plain restatements on small random networks.

mod engine;
mod metrics;
pub mod networks;
mod plain;
