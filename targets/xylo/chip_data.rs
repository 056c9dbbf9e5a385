//! The four Xylo chips, every number with its source.
//!
//! Sources: "samna 0.7.1" is the vendor's validator, run on configurations at and beyond each
//! limit; "xylosim 0.1.3" is the vendor's bit-exact simulator; "overview" is
//! docs/devices/xylo-overview.ipynb cell 5 and "deploy" is docs/devices/quick-xylo/
//! deploy_to_xylo.ipynb cell 4 of the rockpool repository (2025-12-18); "rockpool" is rockpool 3.1.0.

use super::chip::{Arithmetic, Chip, Limit, Range};

const OVERVIEW: &str = "overview, table of chips";
const DEPLOY: &str = "deploy, table of widths";
const SAMNA: &str = "samna 0.7.1 validate_configuration";

const INT8: Range = Range {
    low: -128,
    high: 127,
};
const INT16: Range = Range {
    low: -32768,
    high: 32767,
};
const UINT16: Range = Range {
    low: 0,
    high: 65535,
};
const BITS_4: Range = Range { low: 0, high: 15 };
const BITS_3: Range = Range { low: 0, high: 7 };

const NO_PAIRS: Limit<bool> = Limit::inferred(
    false,
    "NIR paper: a per-channel quantised network ran on Xylo Audio 2",
);
const V2: Limit<Arithmetic> = Limit::documented(
    Arithmetic::V2,
    "rockpool devices/xylo: xylo_sim.py of the chip uses xylosim.v2",
);
const BIAS: Option<Limit<Range>> = Some(Limit::documented(
    INT8,
    "xylosim 0.1.3 v2.cpp (int8_t) and RAM dump of two hex digits",
));
const HIBERNATION: Limit<bool> = Limit::documented(true, "samna attribute enable_hibernation_mode");
const STEP_CYCLES: Limit<Range> = Limit::inferred(UINT16, "as SYNS61300");
const UNION_COUNTS: Limit<bool> =
    Limit::inferred(true, "one fan-out list serves both synapses in the RAM map");
const MAY_DROP: Limit<bool> = Limit::inferred(true, "as SYNS61300 in samna 0.7.1");

/// The chips, oldest first.
pub static CHIPS: [Chip; 4] = [
    Chip {
        name: "xylo-v1",
        part_number: "SYNS61300",
        samna_package: "samna.pollen",
        arithmetic: Limit::verified(Arithmetic::V1, "xylosim 0.1.3 v1"),
        input_channels: Limit::verified(16, SAMNA),
        hidden_neurons: Limit::verified(1000, SAMNA),
        hidden_neurons_with_synapse_2: Some(Limit::verified(999, SAMNA)),
        readout_neurons: Limit::verified(8, SAMNA),
        readout_neurons_advised: None,
        hidden_synapses: Limit::verified(2, "samna 0.7.1 PollenConfiguration.synapse2_enable"),
        input_expansion: None,
        readout_expansion: None,
        fan_out: Limit::verified(
            63,
            "samna 0.7.1 validate_configuration (the overview says 64)",
        ),
        connections: Limit::verified(32000, SAMNA),
        synapse_2_counts: Limit::verified(false, SAMNA),
        drops_synapse_2_only: Limit::verified(true, "samna 0.7.1 pollen_configuration_to_event"),
        weight: Limit::verified(INT8, "samna 0.7.1 Array2Int8"),
        threshold: Limit::verified(INT16, "samna 0.7.1 integer bounds of threshold"),
        dash: Limit::verified(BITS_4, SAMNA),
        weight_shift: Limit::verified(BITS_3, SAMNA),
        bias: None,
        alias_targets: Limit::verified(1, "samna 0.7.1 ReservoirNeuron.alias_target"),
        readout_threshold_pairs: Limit::verified(true, SAMNA),
        hibernation: Limit::verified(false, "samna 0.7.1 PollenConfiguration has no such field"),
        time_resolution_wrap: Limit::verified(
            UINT16,
            "samna 0.7.1 integer bounds of time_resolution_wrap",
        ),
    },
    Chip {
        name: "xylo-audio-2",
        part_number: "SYNS61201",
        samna_package: "samna.xyloCore2",
        arithmetic: V2,
        input_channels: Limit::documented(16, OVERVIEW),
        hidden_neurons: Limit::documented(1000, "overview; rockpool syns61201/xylo_mapper.py:312"),
        hidden_neurons_with_synapse_2: Some(Limit::inferred(999, "as SYNS61300: same RAM map")),
        readout_neurons: Limit::documented(8, "overview; rockpool syns61201/xylo_mapper.py:313"),
        readout_neurons_advised: None,
        hidden_synapses: Limit::documented(2, OVERVIEW),
        input_expansion: None,
        readout_expansion: None,
        fan_out: Limit::inferred(63, "as SYNS61300: same RAM map (the overview says 64)"),
        connections: Limit::documented(32000, "RAM map, rockpool xa2_devkit_utils.py:1357-1375"),
        synapse_2_counts: UNION_COUNTS,
        drops_synapse_2_only: MAY_DROP,
        weight: Limit::documented(INT8, DEPLOY),
        threshold: Limit::documented(INT16, DEPLOY),
        dash: Limit::documented(BITS_4, DEPLOY),
        weight_shift: Limit::documented(BITS_3, DEPLOY),
        bias: BIAS,
        alias_targets: Limit::documented(1, OVERVIEW),
        readout_threshold_pairs: NO_PAIRS,
        hibernation: HIBERNATION,
        time_resolution_wrap: STEP_CYCLES,
    },
    Chip {
        name: "xylo-audio-3",
        part_number: "SYNS65302",
        samna_package: "samna.xyloAudio3",
        arithmetic: V2,
        input_channels: Limit::documented(16, OVERVIEW),
        hidden_neurons: Limit::documented(992, "overview; rockpool syns65302/xylo_mapper.py:95"),
        hidden_neurons_with_synapse_2: None,
        readout_neurons: Limit::documented(32, "overview; rockpool syns65302/xylo_mapper.py:96"),
        readout_neurons_advised: Some(Limit::documented(
            16,
            "rockpool syns65302/xylo_mapper.py:53-59 warns above it",
        )),
        hidden_synapses: Limit::documented(2, OVERVIEW),
        input_expansion: Some(Limit::documented(
            128,
            "overview; RAM map, ram.py: IWT 16 x 128",
        )),
        readout_expansion: Some(Limit::documented(
            128,
            "overview; RAM map, ram.py: OWT 128 x 32",
        )),
        fan_out: Limit::documented(1024, OVERVIEW),
        connections: Limit::documented(31744, "RAM map, ram.py: HFO of 0x7C00 words"),
        synapse_2_counts: UNION_COUNTS,
        drops_synapse_2_only: MAY_DROP,
        weight: Limit::documented(INT8, DEPLOY),
        threshold: Limit::documented(INT16, DEPLOY),
        dash: Limit::documented(BITS_4, DEPLOY),
        weight_shift: Limit::documented(BITS_3, DEPLOY),
        bias: BIAS,
        alias_targets: Limit::documented(1, OVERVIEW),
        readout_threshold_pairs: NO_PAIRS,
        hibernation: HIBERNATION,
        time_resolution_wrap: STEP_CYCLES,
    },
    Chip {
        name: "xylo-imu",
        part_number: "SYNS63300",
        samna_package: "samna.xyloImu",
        arithmetic: V2,
        input_channels: Limit::documented(16, OVERVIEW),
        hidden_neurons: Limit::documented(496, "overview; rockpool syns63300/xylo_mapper.py:109"),
        hidden_neurons_with_synapse_2: None,
        readout_neurons: Limit::documented(16, "overview; rockpool syns63300/xylo_mapper.py:110"),
        readout_neurons_advised: None,
        hidden_synapses: Limit::documented(1, OVERVIEW),
        input_expansion: Some(Limit::documented(128, OVERVIEW)),
        readout_expansion: Some(Limit::documented(128, OVERVIEW)),
        fan_out: Limit::documented(512, OVERVIEW),
        connections: Limit::documented(31744, "docs/devices/xylo-imu/xylo-imu-intro.ipynb:116"),
        synapse_2_counts: Limit::documented(false, "overview: one synapse"),
        drops_synapse_2_only: Limit::documented(false, "overview: one synapse"),
        weight: Limit::documented(INT8, DEPLOY),
        threshold: Limit::documented(INT16, DEPLOY),
        dash: Limit::documented(BITS_4, DEPLOY),
        weight_shift: Limit::documented(BITS_3, DEPLOY),
        bias: BIAS,
        alias_targets: Limit::documented(1, OVERVIEW),
        readout_threshold_pairs: NO_PAIRS,
        hibernation: HIBERNATION,
        time_resolution_wrap: STEP_CYCLES,
    },
];
