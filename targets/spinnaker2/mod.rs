//! SpiNNaker2. See `docs/targets/spinnaker2-routing.md`.

pub mod routing;
