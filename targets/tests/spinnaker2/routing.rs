//! Routing: every packet reaches exactly its targets, before and after compression.

mod compression;
pub mod golden;
mod packets;
mod plans;
