//! Where [`check`](super::check) refuses what the vendor's validator takes.

/// A rule that the vendor's validator does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stricter {
    /// The code of the finding.
    pub code: &'static str,
    /// What the vendor's tools do.
    pub vendor: &'static str,
    /// Why it is refused here.
    pub why: &'static str,
}

/// All such rules. Seen with samna 0.7.1.0, `validate_configuration` and `from_json` of speck2b.
pub static STRICTER: &[Stricter] = &[
    Stricter {
        code: "speck-array-truncated",
        vendor: "loads and validates a list of values that is shorter than its extents say",
        why: "it reads beyond the end of the list",
    },
    Stricter {
        code: "speck-array-range",
        vendor: "from_json keeps the low 8 or 16 bits, so a weight of 200 becomes -56",
        why: "the chip would compute something else",
    },
    Stricter {
        code: "speck-weights-zero",
        vendor: "takes a layer whose weights are all 0",
        why: "it never spikes; a quantiser made nothing of the weights",
    },
    Stricter {
        code: "speck-threshold-zero",
        vendor: "takes a threshold of 0",
        why: "every synaptic operation spikes",
    },
    Stricter {
        code: "speck-threshold-low-zero",
        vendor: "takes a bound below of 0",
        why: "a fault of the chip: datasheet 3.2.4.6.3",
    },
    Stricter {
        code: "speck-bias-without-leak",
        vendor: "takes biases without leak_enable",
        why: "the chip never adds them",
    },
    Stricter {
        code: "speck-cycle",
        vendor: "takes cores that send to each other in a circle",
        why: "the router can deadlock: sinabs docs/speck/faqs/available_network_arch.md:63",
    },
    Stricter {
        code: "speck-sensor-origin",
        vendor: "takes an origin beyond the cut if the sensor has no destination",
        why: "nothing would pass",
    },
    Stricter {
        code: "speck-sensor-polarity",
        vendor: "takes a sensor with a destination and both polarities off",
        why: "nothing would pass",
    },
];
