//! What a run leaves behind.

use ndarray::Array2;

use super::Model;
use crate::xylo::chip::Arithmetic;

/// What a run records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recording {
    /// Readout spikes and the hibernation flag.
    Readouts,
    /// Spikes of hidden neurons too.
    Spikes,
    /// All states too.
    Everything,
}

/// A recorded run of T steps. Arrays that were not asked for have no rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// `[T][Nout]` readout spikes, 0 or 1.
    pub spikes_out: Array2<u8>,
    /// `[T][Nhid]` spikes of hidden neurons, 0 to 31.
    pub spikes: Array2<u8>,
    /// `[T][Nhid]` membranes after the step.
    pub vmem: Array2<i16>,
    /// `[T][Nhid]` currents of the first synapse after the step.
    pub isyn: Array2<i16>,
    /// `[T][Nhid]` currents of the second synapse; zero in a network with one synapse.
    pub isyn2: Array2<i16>,
    /// `[T][Nout]` membranes of the readouts.
    pub vmem_out: Array2<i16>,
    /// `[T][Nout]` currents of the readouts.
    pub isyn_out: Array2<i16>,
    /// `[T]` whether the core could hibernate; `None` for [`Arithmetic::V1`], which has no such flag.
    pub hibernation: Option<Vec<bool>>,
    /// Input events above 15 a channel and step, which the chip loses.
    pub clipped_input_events: u64,
}

impl Record {
    pub(super) fn new(model: &Model, steps: usize, recording: Recording) -> Self {
        let (hidden, readouts) = (model.spikes().len(), model.readout_spikes().len());
        let rows = |from| if recording >= from { steps } else { 0 };
        let spikes = rows(Recording::Spikes);
        let states = rows(Recording::Everything);
        Self {
            spikes_out: Array2::zeros((steps, readouts)),
            spikes: Array2::zeros((spikes, hidden)),
            vmem: Array2::zeros((states, hidden)),
            isyn: Array2::zeros((states, hidden)),
            isyn2: Array2::zeros((states, hidden)),
            vmem_out: Array2::zeros((states, readouts)),
            isyn_out: Array2::zeros((states, readouts)),
            hibernation: (model.memories.arithmetic == Arithmetic::V2)
                .then(|| Vec::with_capacity(steps)),
            clipped_input_events: 0,
        }
    }

    pub(super) fn take(&mut self, t: usize, model: &Model) {
        fn copy<T: Copy>(array: &mut Array2<T>, t: usize, state: &[T]) {
            if t < array.nrows() {
                array
                    .row_mut(t)
                    .iter_mut()
                    .zip(state)
                    .for_each(|(to, from)| *to = *from);
            }
        }
        copy(&mut self.spikes_out, t, model.readout_spikes());
        copy(&mut self.spikes, t, model.spikes());
        copy(&mut self.vmem, t, model.vmem());
        copy(&mut self.isyn, t, model.isyn());
        copy(&mut self.isyn2, t, model.isyn2());
        copy(&mut self.vmem_out, t, model.vmem_out());
        copy(&mut self.isyn_out, t, model.isyn_out());
        if let Some(flags) = &mut self.hibernation {
            flags.push(model.is_hibernating());
        }
    }
}
