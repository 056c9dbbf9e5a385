//! Telling how far a long computation is.

/// Is told how far a computation is. Calls come in the order of the work, from any thread.
pub trait Progress: Sync {
    /// `done` of `total` steps of `stage` are done.
    fn report(&self, stage: &str, done: u64, total: u64);
}

/// Nobody is told.
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _stage: &str, _done: u64, _total: u64) {}
}
