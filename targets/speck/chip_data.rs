//! The three Speck chips, every number with its source.
//!
//! Sources: "samna 0.7.1" is the vendor's validator of speck2b, run on configurations at and beyond
//! each limit; "datasheet" is the Speck Dev Kit Datasheet of SynSense, August 2023, by section;
//! "sinabs" is sinabs 3.1.3, files below sinabs/backend/dynapcnn, or its documentation below docs/speck;
//! "samna pages" is <https://synsense-sys-int.gitlab.io/samna>.

use super::chip::{CORES, Chip, Limit, Memory, Range};

const SAMNA: &str = "samna 0.7.1 validate_configuration, at and beyond the limit";
const AS_2B: &str = "as speck2b in samna 0.7.1; the datasheet (3.2.4) has the same cores";

/// The number of words of a memory.
const fn ki(words: u64) -> u64 {
    words * 1024
}

/// 2.4, table 1 and table 3 of the datasheet; sinabs chips/dynapcnn.py:299-332. On all nine cores the
/// validator takes what fills a memory exactly and refuses one feature more.
const MEMORY: [Memory; CORES] = {
    const fn core(kernel: u64, neuron: u64) -> Memory {
        Memory {
            kernel: ki(kernel),
            neuron: ki(neuron),
            bias: ki(1),
        }
    }
    [
        core(16, 64),
        core(16, 64),
        core(16, 64),
        core(32, 32),
        core(32, 32),
        core(64, 16),
        core(64, 16),
        core(16, 16),
        core(16, 16),
    ]
};

const fn range(low: i64, high: i64) -> Range {
    Range { low, high }
}

const INT8: Range = range(-128, 127);
const INT16: Range = range(-32768, 32767);
const STRIDES: &[i64] = &[1, 2, 4, 8];
const POOLING: &[i64] = &[1, 2, 4];

/// The chip whose validator can be run.
const SPECK2B: Chip = Chip {
    name: "speck2b",
    part_number: "Speck 2b",
    memory: Limit::verified(MEMORY, SAMNA),
    input_size: Limit::verified(range(1, 128), SAMNA),
    output_size: Limit::verified(range(1, 64), SAMNA),
    features: Limit::verified(range(1, 1024), SAMNA),
    kernel_size: Limit::verified(range(1, 16), SAMNA),
    strides: Limit::verified(STRIDES, SAMNA),
    padding: Limit::verified(range(0, 7), SAMNA),
    pooling: Limit::verified(&[1, 2, 4, 8], SAMNA),
    feature_shift: Limit::verified(range(0, 1023), SAMNA),
    routes_to_readout: Limit::verified(
        false,
        "samna 0.7.1: a destination is a layer from 0 to 8; the samna pages call its readout not available",
    ),
    sums_sources: Limit::verified(false, "samna 0.7.1: sources of one layer must not overlap"),
    weight: Limit::verified(INT8, "samna 0.7.1 Array4Int8"),
    bias: Limit::verified(INT16, "samna 0.7.1 Array1Int16; datasheet table 3"),
    state: Limit::verified(INT16, "samna 0.7.1 Array3Int16"),
    threshold_high: Limit::verified(range(0, 32767), SAMNA),
    threshold_low: Limit::verified(range(-32768, 0), SAMNA),
    threshold_low_bug: Limit::inferred(true, "datasheet 3.2.4.6.3 names speck2e and speck2f"),
    sensor_size: Limit::verified(128, SAMNA),
    sensor_pooling: Limit::verified(POOLING, SAMNA),
    crop_after_pooling: Limit::verified(
        false,
        "samna 0.7.1: pooling 2 and a cut at 127 leave a side of 64",
    ),
    filter_size: Limit::verified(range(0, 7), SAMNA),
    readout_configuration: Limit::verified(range(0, 3), SAMNA),
    readout_channel_step: Limit::inferred(4, "as speck2e and speck2f"),
    readout_classes: Limit::documented(16, "samna pages, speck2b"),
    decimator: Limit::verified(false, "samna 0.7.1 CnnLayerConfig has no such field"),
    parallel_cores: Limit::inferred(&[0, 1], "as speck2e"),
    synaptic_operations: None,
};

/// What speck2e and speck2f share: sinabs builds both with the same code (chips/speck2e.py, speck2f.py).
const SPECK2E: Chip = Chip {
    name: "speck2e",
    part_number: "Speck 2e",
    memory: Limit::documented(
        MEMORY,
        "datasheet table 1; sinabs chips/dynapcnn.py:299-332",
    ),
    input_size: Limit::documented(range(1, 128), "datasheet 2.4"),
    output_size: Limit::documented(range(1, 64), "datasheet 2.4"),
    features: Limit::documented(
        range(1, 1024),
        "samna pages, speck2e: maximum feature number",
    ),
    kernel_size: Limit::documented(range(1, 16), "samna pages, speck2e: maximum kernel size"),
    strides: Limit::documented(STRIDES, "samna pages, speck2e: independent in x and y"),
    padding: Limit::documented(range(0, 7), "samna pages, speck2e: independent in x and y"),
    pooling: Limit::documented(
        POOLING,
        "samna pages, speck2e; sinabs docs/speck/overview.md:90",
    ),
    feature_shift: Limit::inferred(range(0, 1023), AS_2B),
    routes_to_readout: Limit::documented(true, "datasheet 3.2.5.3"),
    sums_sources: Limit::documented(
        true,
        "sinabs dynapcnn_network.py: a merge of two layers is two destinations",
    ),
    weight: Limit::documented(INT8, "datasheet 2.4"),
    bias: Limit::documented(INT16, "datasheet table 3"),
    state: Limit::documented(INT16, "datasheet 2.4"),
    threshold_high: Limit::inferred(range(0, 32767), AS_2B),
    threshold_low: Limit::inferred(range(-32768, 0), AS_2B),
    threshold_low_bug: Limit::documented(true, "datasheet 3.2.4.6.3: use -1"),
    sensor_size: Limit::documented(128, "datasheet 3.2.3"),
    sensor_pooling: Limit::documented(POOLING, "datasheet 3.2.3"),
    crop_after_pooling: Limit::documented(
        true,
        "sinabs tests/test_dynapcnn/test_dvs_input.py:48 and dvs_layer.py:186",
    ),
    filter_size: Limit::documented(range(1, 15), "datasheet 3.2.3"),
    readout_configuration: Limit::documented(range(0, 3), "datasheet 3.2.5.3"),
    readout_channel_step: Limit::documented(4, "sinabs docs/speck/faqs/chip_errata.md"),
    readout_classes: Limit::documented(15, "samna pages, speck2e: 15 classes and 1 idle class"),
    decimator: Limit::documented(true, "datasheet table 4"),
    parallel_cores: Limit::documented(
        &[0, 1],
        "samna pages, speck2e: parallel computing on layer 0 and layer 1",
    ),
    // sinabs docs/speck/faqs/tips_for_training.md says that every core has such a limit and that the
    // whole chip stalls beyond it, but gives no number; nor do the datasheet and the samna pages.
    synaptic_operations: None,
};

/// The chips, oldest first.
pub static CHIPS: [Chip; 3] = [
    SPECK2B,
    SPECK2E,
    Chip {
        name: "speck2f",
        part_number: "Speck 2f",
        ..SPECK2E
    },
];
