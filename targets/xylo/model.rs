//! The chip model: a Xylo core, bit exact.
//!
//! One step, in this order (source: xylosim 0.1.3, XyloIAFNeuron.cpp and XyloLayer.cpp):
//! 1. input events, channel by channel, add their weights to the synaptic currents;
//! 2. the spikes of the step before do the same through the recurrent weights, source by source;
//! 3. the same spikes reach the readouts;
//! 4. hidden neurons, by id: currents decay, the membrane decays and adds them, the neuron spikes
//!    while `V >= threshold` (at most 31 times) and loses the threshold each time, and passes its
//!    spikes to its alias;
//! 5. readouts likewise, with at most one spike and no alias.
//!
//! All states are 16 bit and saturate after every single event, so the order of events matters.
//!
//! n events of one source on one synapse are added at once, as `clamp(x + n * w)`. That is exact:
//! they follow each other without another event of that synapse between, and n additions of one w
//! move x in one direction only, so that at most one of the two bounds can be met, and once met it
//! is not left. Events of different sources are never added up.

mod neuron;
mod record;
mod synapses;

use std::sync::Arc;

use ndarray::ArrayView2;
use nirc_dialects::finding::{Finding, Findings};

use self::{neuron::Membrane, synapses::Synapses};
use super::{
    chip::{Arithmetic, CHIPS, MAX_HIDDEN_EVENTS, MAX_INPUT_EVENTS, MAX_READOUT_EVENTS},
    legal,
    specification::Specification,
};
pub use record::{Record, Recording};

/// Rules of a chip's memories or of samna's validator that the arithmetic does not need.
const OF_THE_CHIP_ONLY: [&str; 4] = [
    "xylo-alias-count",
    "xylo-alias-itself",
    "xylo-alias-shared",
    "xylo-readout-threshold-pairs",
];

/// A core with its memories loaded, and its state. A clone shares the memories.
#[derive(Clone, Debug)]
pub struct Model {
    memories: Arc<Memories>,
    /// Synaptic currents: first synapse of all neurons, then the second.
    isyn: Vec<i16>,
    isyn_out: Vec<i16>,
    vmem: Vec<i16>,
    vmem_out: Vec<i16>,
    spikes: Vec<u8>,
    previous: Vec<u8>,
    readout_spikes: Vec<u8>,
    /// Whether the step before was idle: with biases on, the flag is reported one step late.
    idle: bool,
    hibernating: bool,
    clipped: u64,
}

/// What does not change in a run.
#[derive(Debug)]
struct Memories {
    input: Synapses,
    recurrent: Synapses,
    readout: Synapses,
    /// The decay of each current, as [`neuron::factor`]; laid out as the currents.
    decay_syn: Vec<i16>,
    decay_syn_out: Vec<i16>,
    membrane: Membrane,
    membrane_out: Membrane,
    /// Empty if there is none.
    aliases: Vec<Vec<usize>>,
    bias: bool,
    arithmetic: Arithmetic,
}

impl Model {
    /// A core that holds `specification`, in its reset state.
    ///
    /// Sizes are not bounded: a network that is too large for any chip runs.
    ///
    /// # Errors
    /// Arrays that do not fit each other, values that the memories cannot hold, aliases to neurons
    /// that do not exist, biases with [`Arithmetic::V1`]: findings of [`legal::check_values`].
    pub fn new(specification: &Specification, arithmetic: Arithmetic) -> Result<Self, Findings> {
        let [v1, v2, ..] = &CHIPS;
        let chip = match arithmetic {
            Arithmetic::V1 => v1,
            Arithmetic::V2 => v2,
        };
        let mut findings = legal::check_values(specification, chip);
        findings
            .0
            .retain(|finding| !OF_THE_CHIP_ONLY.contains(&finding.code.as_ref()));
        if findings.has_errors() {
            return Err(findings);
        }
        let s = specification;
        let (hidden, readouts) = (s.hidden_neurons(), s.readout_neurons());
        let bytes = |values: &[i32]| -> Vec<u8> {
            values
                .iter()
                .map(|&v| u8::try_from(v).unwrap_or_default())
                .collect()
        };
        let factors =
            |dashes: Vec<u8>| -> Vec<i16> { dashes.into_iter().map(neuron::factor).collect() };
        let mut dash_syn = bytes(&s.dash_syn);
        if s.synapses() > 1 {
            dash_syn.extend(bytes(&s.dash_syn_2));
        }
        let aliases = s.aliases.iter().map(|targets| {
            targets
                .iter()
                .filter_map(|&target| usize::try_from(target).ok())
                .collect()
        });
        let memories = Memories {
            input: Synapses::of_hidden(&s.weights_in, hidden, s.weight_shift_in),
            recurrent: Synapses::of_hidden(&s.weights_rec, hidden, s.weight_shift_rec),
            readout: Synapses::of_readouts(&s.weights_out, hidden, s.weight_shift_out),
            decay_syn: factors(dash_syn),
            decay_syn_out: factors(bytes(&s.dash_syn_out)),
            membrane: Membrane::new(&bytes(&s.dash_mem), &s.threshold, &s.bias),
            membrane_out: Membrane::new(&bytes(&s.dash_mem_out), &s.threshold_out, &s.bias_out),
            aliases: if s.any_alias() {
                aliases.collect()
            } else {
                Vec::new()
            },
            bias: arithmetic == Arithmetic::V2 && s.bias_enabled(),
            arithmetic,
        };
        Ok(Self {
            memories: Arc::new(memories),
            isyn: vec![0; hidden * s.synapses().max(1)],
            isyn_out: vec![0; readouts],
            vmem: vec![0; hidden],
            vmem_out: vec![0; readouts],
            spikes: vec![0; hidden],
            previous: vec![0; hidden],
            readout_spikes: vec![0; readouts],
            idle: false,
            hibernating: false,
            clipped: 0,
        })
    }

    /// Clears all states.
    pub fn reset(&mut self) {
        for state in [
            &mut self.isyn,
            &mut self.isyn_out,
            &mut self.vmem,
            &mut self.vmem_out,
        ] {
            state.fill(0);
        }
        for spikes in [
            &mut self.spikes,
            &mut self.previous,
            &mut self.readout_spikes,
        ] {
            spikes.fill(0);
        }
        (self.idle, self.hibernating, self.clipped) = (false, false, 0);
    }

    /// Runs one step. `events` `[Nin]` is the number of events of each channel; those above 15 are
    /// lost, as on the chip.
    ///
    /// # Errors
    /// A number of channels that is not the network's.
    pub fn step(&mut self, events: &[u32]) -> Result<(), Findings> {
        self.check_channels(events.len())?;
        self.advance(events.iter().copied());
        Ok(())
    }

    /// Runs a raster `[T][Nin]` of event counts from the present state, and records what
    /// `recording` says.
    ///
    /// # Errors
    /// A number of channels that is not the network's.
    pub fn run(
        &mut self,
        raster: ArrayView2<'_, u32>,
        recording: Recording,
    ) -> Result<Record, Findings> {
        self.check_channels(raster.ncols())?;
        let mut record = Record::new(self, raster.nrows(), recording);
        let clipped = self.clipped;
        for (t, row) in raster.outer_iter().enumerate() {
            self.advance(row.iter().copied());
            record.take(t, self);
        }
        record.clipped_input_events = self.clipped - clipped;
        Ok(record)
    }

    fn check_channels(&self, found: usize) -> Result<(), Findings> {
        let channels = self.input_channels();
        if found == channels {
            return Ok(());
        }
        let what = format!("the input has {found} channels; the network has {channels}");
        let rule = "an input has one column for each input channel";
        Err(Finding::error("xylo-input-shape", rule, what).into())
    }

    fn advance(&mut self, events: impl Iterator<Item = u32>) {
        let memories = &*self.memories;
        let mut idle = true;
        for (channel, count) in events.enumerate() {
            if count > 0 {
                (self.idle, idle) = (false, false);
                let kept = count.min(MAX_INPUT_EVENTS);
                self.clipped += u64::from(count - kept);
                memories.input.deliver(channel, kept, &mut self.isyn);
            }
        }
        std::mem::swap(&mut self.spikes, &mut self.previous);
        for (source, &count) in self.previous.iter().enumerate() {
            if count > 0 {
                (self.idle, idle) = (false, false);
                let (recurrent, readout) = (&memories.recurrent, &memories.readout);
                recurrent.deliver(source, count.into(), &mut self.isyn);
                readout.deliver(source, count.into(), &mut self.isyn_out);
            }
        }
        idle &= !neuron::decay_all(&mut self.isyn, &memories.decay_syn);
        idle &= !neuron::decay_all(&mut self.isyn_out, &memories.decay_syn_out);
        let rule = (memories.arithmetic, memories.bias);
        // No membrane depends on a spike of this step, so all move before the first neuron spikes.
        let currents = self.isyn.split_at(self.vmem.len());
        idle &= !memories.membrane.integrate(&mut self.vmem, currents, rule);
        let readouts = (self.isyn_out.as_slice(), [].as_slice());
        idle &= !memories
            .membrane_out
            .integrate(&mut self.vmem_out, readouts, rule);
        let (v, spikes) = (&mut self.vmem_out, &mut self.readout_spikes);
        memories
            .membrane_out
            .fire_all(v, spikes, MAX_READOUT_EVENTS);
        self.hidden_spikes();
        self.hibernating = if self.memories.bias { self.idle } else { idle };
        self.idle = idle;
    }

    /// The spikes of hidden neurons, by id, since an alias with a higher id has them too.
    fn hidden_spikes(&mut self) {
        let memories = &*self.memories;
        let membrane = &memories.membrane;
        if memories.aliases.is_empty() {
            membrane.fire_all(&mut self.vmem, &mut self.spikes, MAX_HIDDEN_EVENTS);
            return;
        }
        self.spikes.fill(0);
        for (id, v) in self.vmem.iter_mut().enumerate() {
            // Spikes that an alias with a lower id has left here count against the same bound.
            let spikes = membrane.fire(v, id, self.spikes[id], MAX_HIDDEN_EVENTS);
            self.spikes[id] = spikes;
            if let Some(targets) = memories.aliases.get(id) {
                for &target in targets {
                    let sum = u32::from(self.spikes[target]) + u32::from(spikes);
                    self.spikes[target] = sum.min(MAX_HIDDEN_EVENTS) as u8;
                }
            }
        }
    }

    /// The number of input channels.
    pub fn input_channels(&self) -> usize {
        self.memories.input.sources()
    }

    /// `[Nhid]` thresholds.
    pub fn thresholds(&self) -> &[i16] {
        self.memories.membrane.thresholds()
    }

    /// `[Nout]` thresholds of the readouts.
    pub fn thresholds_out(&self) -> &[i16] {
        self.memories.membrane_out.thresholds()
    }

    /// `[Nhid]` spikes of the last step.
    pub fn spikes(&self) -> &[u8] {
        &self.spikes
    }

    /// `[Nout]` spikes of the last step.
    pub fn readout_spikes(&self) -> &[u8] {
        &self.readout_spikes
    }

    /// `[Nhid]` membranes.
    pub fn vmem(&self) -> &[i16] {
        &self.vmem
    }

    /// `[Nhid]` currents of the first synapse.
    pub fn isyn(&self) -> &[i16] {
        self.isyn.get(..self.spikes.len()).unwrap_or(&[])
    }

    /// `[Nhid]` currents of the second synapse; empty if there is none.
    pub fn isyn2(&self) -> &[i16] {
        self.isyn.get(self.spikes.len()..).unwrap_or(&[])
    }

    /// `[Nout]` membranes of the readouts.
    pub fn vmem_out(&self) -> &[i16] {
        &self.vmem_out
    }

    /// `[Nout]` currents of the readouts.
    pub fn isyn_out(&self) -> &[i16] {
        &self.isyn_out
    }

    /// Whether the core reports that it could hibernate: no event was delivered and no state moved.
    /// Meaningless with [`Arithmetic::V1`], which has no such flag.
    pub fn is_hibernating(&self) -> bool {
        self.hibernating
    }
}
