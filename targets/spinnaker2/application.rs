//! The applications that py-spinnaker2 loads onto a processing element: one table, a row each.
//!
//! An application is one neuron model with one form of synapses. Sources: "py-spinnaker2" is its
//! public examples, "importer" its public NIR importer (s2_nir), "NESTML" the applications in
//! nest/nestml 4bde5dbec and 372914cc4, "dynamic field" the example whose recorded spikes our model
//! reproduces (ngr-francesco/dynamic-neural-field-spinnaker2).

use super::{
    chip::Known,
    word::{SynapseWord, WORD, WORD_WITHOUT_DELAY},
};

nirc_dialects::keyword! {
    /// The neuron model of a population.
    pub enum Application {
        /// Sends spikes at given ticks.
        SpikeList = "spike_list",
        /// Leaky integrate-and-fire, weighted spikes straight to the membrane.
        Lif = "lif",
        /// The same with wider weights and without delays.
        LifNoDelay = "lif_no_delay",
        /// With two synaptic currents that decay, one of positive and one of negative weights.
        LifCurrExp = "lif_curr_exp",
        /// The same with wider weights and without delays.
        LifCurrExpNoDelay = "lif_curr_exp_no_delay",
        /// As `lif_no_delay`, fed by one convolution, whose kernels are held in place of synapses.
        LifConv2d = "lif_conv2d",
    }
}

/// What an application can do.
#[derive(Debug)]
pub struct Row {
    /// Which application.
    pub application: Application,
    /// The largest magnitude of a weight; the smallest weight is its negative.
    pub weight: Known<i64>,
    /// The largest delay; a spike acts at least one tick after it was sent, and this much later.
    pub delay: Known<usize>,
    /// Most neurons on a processing element.
    pub atoms: Known,
    /// Parameters of a neuron, each a 32-bit float.
    pub parameters: &'static [Parameter],
    /// The synapse word in a row of synapses; `None`: synapses are held in another way, which is not
    /// public.
    pub word: Option<Known<SynapseWord>>,
}

nirc_dialects::keyword! {
    /// A parameter of a neuron, as py-spinnaker2 names it.
    pub enum Parameter {
        /// The neuron spikes where its potential reaches this.
        Threshold = "threshold",
        /// What the potential keeps of itself in a tick.
        AlphaDecay = "alpha_decay",
        /// Added to the potential in every tick.
        Offset = "i_offset",
        /// The potential before the first tick.
        Initial = "v_init",
        /// The potential after a spike, with `reset_to_v_reset`.
        Reset = "v_reset",
        /// What the current of positive weights keeps in a tick.
        ExcitatoryDecay = "exc_decay",
        /// What the current of negative weights keeps in a tick.
        InhibitoryDecay = "inh_decay",
        /// Ticks after a spike in which the potential stays.
        Refractory = "t_refrac",
    }
}

/// Source: py-spinnaker2's `lif` example. Their order on the chip is not public; this is ours.
const LIF: &[Parameter] = &[
    Parameter::Threshold,
    Parameter::AlphaDecay,
    Parameter::Offset,
    Parameter::Initial,
    Parameter::Reset,
];

/// Source: the dynamic field example. As [`LIF`].
const LIF_CURR_EXP: &[Parameter] = &[
    Parameter::Threshold,
    Parameter::AlphaDecay,
    Parameter::Offset,
    Parameter::Initial,
    Parameter::Reset,
    Parameter::ExcitatoryDecay,
    Parameter::InhibitoryDecay,
    Parameter::Refractory,
];

const NO_DELAY: &str = "importer: conn_delay 0";
const WIDE: Known<i64> = Known::documented(127, "importer: weights are scaled to 127");
const NARROW: Known<i64> = Known::documented(15, "py-spinnaker2 lif examples; NESTML synapse word");
const ATOMS: Known = Known::documented(250, "NESTML N_NEURONS of 4bde5dbec");
const ATOMS_WIDE: Known = Known::inferred(
    250,
    "as lif; the index in a synapse word has 8 bits, so 256 at most",
);
const DELAYS: Known = Known::validated(
    7,
    "NESTML synapse word, 3 bits; the delay of 0 is validated",
);
const WORD_IS: Option<Known<SynapseWord>> = Some(Known::documented(
    WORD,
    "NESTML SynapseWordSpec(4, 3, 1, 8)",
));
const WORD_NO_DELAY_IS: Option<Known<SynapseWord>> = Some(Known::inferred(
    WORD_WITHOUT_DELAY,
    "7 bits of weight and no delay in the importer; fields in the order of lif",
));

/// All applications.
pub static APPLICATIONS: [Row; 6] = [
    Row {
        application: Application::SpikeList,
        weight: Known::documented(0, "it has no synapses"),
        delay: Known::documented(0, "it has no synapses"),
        atoms: Known::documented(250, "py-spinnaker2's examples use 100 to 250"),
        parameters: &[],
        word: None,
    },
    Row {
        application: Application::Lif,
        weight: NARROW,
        delay: DELAYS,
        atoms: ATOMS,
        parameters: LIF,
        word: WORD_IS,
    },
    Row {
        application: Application::LifNoDelay,
        weight: WIDE,
        delay: Known::documented(0, NO_DELAY),
        atoms: ATOMS_WIDE,
        parameters: LIF,
        word: WORD_NO_DELAY_IS,
    },
    Row {
        application: Application::LifCurrExp,
        weight: NARROW,
        delay: DELAYS,
        atoms: ATOMS,
        parameters: LIF_CURR_EXP,
        word: WORD_IS,
    },
    Row {
        application: Application::LifCurrExpNoDelay,
        weight: WIDE,
        delay: Known::documented(0, NO_DELAY),
        atoms: ATOMS_WIDE,
        parameters: LIF_CURR_EXP,
        word: WORD_NO_DELAY_IS,
    },
    Row {
        application: Application::LifConv2d,
        weight: WIDE,
        delay: Known::documented(0, "importer: it asserts a delay of 0"),
        atoms: Known::documented(256, "NIR paper, SpiNNaker2 notebook"),
        parameters: LIF,
        word: None,
    },
];

impl Application {
    /// What it can do.
    pub fn row(self) -> &'static Row {
        &APPLICATIONS[self as usize]
    }

    /// Whether spikes go through currents that decay.
    pub fn has_currents(self) -> bool {
        matches!(self, Self::LifCurrExp | Self::LifCurrExpNoDelay)
    }
}

nirc_dialects::keyword! {
    /// What a spike does to the potential; one for a population.
    pub enum Reset {
        /// It takes the threshold off.
        BySubtraction = "reset_by_subtraction",
        /// It sets it to `v_reset`.
        ToValue = "reset_to_v_reset",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_applications() {
        for application in Application::ALL {
            assert_eq!(application.row().application, *application);
        }
    }

    /// The word of an application holds its weights and delays, and every neuron.
    #[test]
    fn words_hold_what_the_application_promises() {
        for row in &APPLICATIONS {
            let Some(word) = &row.word else { continue };
            assert_eq!(word.value.largest_weight(), row.weight.value);
            assert_eq!(word.value.largest_delay(), row.delay.value);
            assert!(word.value.targets() >= row.atoms.value);
        }
    }
}
