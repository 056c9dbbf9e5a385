//! Numbers of the router, each with its source.

/// Cores that a route can name. SpiNNaker2 datasheet 0.03, August 2021: 152 ARM cores a chip;
/// SpiNNMachine (branch `SpiNNcloud_merge`) gives a route 6 links and 152 cores, 158 bits.
pub const CORES: usize = 152;

/// Links of a chip, to the six neighbours of a hexagonal mesh. Datasheet 0.03.
pub const LINKS: usize = 6;

/// Entries of a router's table. Datasheet 0.03: 16,384 associative routing entries.
pub const ENTRIES: usize = 16_384;

/// The cores of a chip that py-spinnaker2 gives to networks; it keeps four for itself. Third-party
/// survey of py-spinnaker2 0.8.0, 2026: 148 of 152, 7104 on a board of 48 chips.
pub const USED_CORES: usize = 148;
