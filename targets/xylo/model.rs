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

/// A core with its memories loaded, and its state.
#[derive(Clone, Debug)]
pub struct Model {
    input: Synapses,
    recurrent: Synapses,
    readout: Synapses,
    /// The decay shift of each current: first synapse of all neurons, then the second.
    dash_syn: Vec<u8>,
    dash_syn_out: Vec<u8>,
    membrane: Membrane,
    membrane_out: Membrane,
    aliases: Vec<Vec<usize>>,
    bias: bool,
    arithmetic: Arithmetic,
    /// Synaptic currents, laid out as `dash_syn`.
    isyn: Vec<i16>,
    isyn_out: Vec<i16>,
    spikes: Vec<u8>,
    previous: Vec<u8>,
    readout_spikes: Vec<u8>,
    /// Whether the step before was idle: with biases on, the flag is reported one step late.
    idle: bool,
    hibernating: bool,
    clipped: u64,
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
        let second = if s.synapses() > 1 {
            bytes(&s.dash_syn_2)
        } else {
            Vec::new()
        };
        let aliases = s.aliases.iter().map(|targets| {
            targets
                .iter()
                .filter_map(|&target| usize::try_from(target).ok())
                .collect()
        });
        Ok(Self {
            input: Synapses::of_hidden(&s.weights_in, hidden, s.weight_shift_in),
            recurrent: Synapses::of_hidden(&s.weights_rec, hidden, s.weight_shift_rec),
            readout: Synapses::of_readouts(&s.weights_out, hidden, s.weight_shift_out),
            dash_syn: bytes(&s.dash_syn).into_iter().chain(second).collect(),
            dash_syn_out: bytes(&s.dash_syn_out),
            membrane: Membrane::new(bytes(&s.dash_mem), &s.threshold, &s.bias),
            membrane_out: Membrane::new(bytes(&s.dash_mem_out), &s.threshold_out, &s.bias_out),
            aliases: if s.any_alias() {
                aliases.collect()
            } else {
                Vec::new()
            },
            bias: arithmetic == Arithmetic::V2 && s.bias_enabled(),
            arithmetic,
            isyn: vec![0; hidden * s.synapses().max(1)],
            isyn_out: vec![0; readouts],
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
        for state in [&mut self.isyn, &mut self.isyn_out] {
            state.fill(0);
        }
        for spikes in [
            &mut self.spikes,
            &mut self.previous,
            &mut self.readout_spikes,
        ] {
            spikes.fill(0);
        }
        self.membrane.v.fill(0);
        self.membrane_out.v.fill(0);
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
        let channels = self.input.sources();
        if found == channels {
            return Ok(());
        }
        let what = format!("the input has {found} channels; the network has {channels}");
        let rule = "an input has one column for each input channel";
        Err(Finding::error("xylo-input-shape", rule, what).into())
    }

    fn advance(&mut self, events: impl Iterator<Item = u32>) {
        let mut idle = true;
        for (channel, count) in events.enumerate() {
            if count > 0 {
                (self.idle, idle) = (false, false);
                let kept = count.min(MAX_INPUT_EVENTS);
                self.clipped += u64::from(count - kept);
                self.input.deliver(channel, kept, &mut self.isyn);
            }
        }
        std::mem::swap(&mut self.spikes, &mut self.previous);
        for (source, &count) in self.previous.iter().enumerate() {
            if count > 0 {
                (self.idle, idle) = (false, false);
                self.recurrent.deliver(source, count.into(), &mut self.isyn);
                self.readout
                    .deliver(source, count.into(), &mut self.isyn_out);
            }
        }
        self.spikes.fill(0);
        idle &= !neuron::decay_all(&mut self.isyn, &self.dash_syn);
        idle &= !neuron::decay_all(&mut self.isyn_out, &self.dash_syn_out);
        idle &= !self.hidden_neurons();
        idle &= !self.readout_neurons();
        self.hibernating = if self.bias { self.idle } else { idle };
        self.idle = idle;
    }

    /// Step 4 but for the decay of the currents, which no other neuron sees. Whether any membrane
    /// moved.
    fn hidden_neurons(&mut self) -> bool {
        let mut moved = false;
        let (first, second) = self.isyn.split_at(self.spikes.len());
        for (id, &isyn) in first.iter().enumerate() {
            let current = i32::from(isyn) + second.get(id).map_or(0, |&i| i32::from(i));
            // Spikes that an alias with a lower id has left here count against the same bound.
            let spikes = u32::from(self.spikes[id]);
            let rule = (self.arithmetic, self.bias);
            let (spikes, change) =
                self.membrane
                    .update(id, current, rule, spikes, MAX_HIDDEN_EVENTS);
            moved |= change;
            self.spikes[id] = spikes;
            if let Some(targets) = self.aliases.get(id) {
                for &target in targets {
                    let sum = u32::from(self.spikes[target]) + u32::from(spikes);
                    self.spikes[target] = sum.min(MAX_HIDDEN_EVENTS) as u8;
                }
            }
        }
        moved
    }

    fn readout_neurons(&mut self) -> bool {
        let mut moved = false;
        let rule = (self.arithmetic, self.bias);
        for (id, spikes) in self.readout_spikes.iter_mut().enumerate() {
            let current = i32::from(self.isyn_out[id]);
            let (count, change) =
                self.membrane_out
                    .update(id, current, rule, 0, MAX_READOUT_EVENTS);
            moved |= change;
            *spikes = count;
        }
        moved
    }

    /// The number of input channels.
    pub fn input_channels(&self) -> usize {
        self.input.sources()
    }

    /// `[Nhid]` thresholds.
    pub fn thresholds(&self) -> &[i16] {
        self.membrane.thresholds()
    }

    /// `[Nout]` thresholds of the readouts.
    pub fn thresholds_out(&self) -> &[i16] {
        self.membrane_out.thresholds()
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
        &self.membrane.v
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
        &self.membrane_out.v
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
