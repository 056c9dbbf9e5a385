//! Properties of the whole engine, against plain restatements on small random networks.

mod engine;
mod metrics;
mod networks;
mod plain;
