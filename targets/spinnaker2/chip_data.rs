//! The numbers of the SpiNNaker2 chip and its boards, each with its source.
//!
//! Sources: "SpiNNMachine" is SpiNNakerManchester/SpiNNMachine 1!7.4.1 (PyPI) and its branch
//! SpiNNcloud_merge d61c4bf; "py-spinnaker2" its public examples and issues; "chip paper" is
//! arXiv:2607.24396 as a survey of 2026 quotes it; "datasheet" is SpiNN2datasheet v0.03; "linker
//! script" is qpe.ld beside NESTML's generated applications (nest/nestml, 372914cc4).

use super::chip::{Known, Memory, Rates, System};

const CHIP_PAPER: &str = "chip paper";
const DATASHEET: &str = "chip paper; datasheet, first page";

/// The boards, smallest first.
pub static SYSTEMS: [System; 2] = [
    System {
        name: "spinnaker2",
        part_number: "SpiNNode",
        chips: Known::documented(1, "py-spinnaker2 hardware.SpiNNaker2Chip"),
        columns_and_rows: Known::documented([1, 1], "one chip"),
        elements: ELEMENTS,
        usable_elements: USABLE_ELEMENTS,
        router_entries: ROUTER_ENTRIES,
        links: LINKS,
    },
    System {
        name: "spinnaker2-48",
        part_number: "SpiNNcloud48NodeBoard",
        chips: Known::documented(48, "py-spinnaker2 hardware.SpiNNcloud48NodeBoard"),
        columns_and_rows: Known::documented(
            [8, 8],
            "SpiNNMachine: the 48 chips are a hexagon in a grid of 8 x 8",
        ),
        elements: ELEMENTS,
        usable_elements: USABLE_ELEMENTS,
        router_entries: ROUTER_ENTRIES,
        links: LINKS,
    },
];

const ELEMENTS: Known = Known::documented(152, "chip paper: 38 quads of 4");
const USABLE_ELEMENTS: Known = Known::documented(
    148,
    "survey of py-spinnaker2 0.8.0: 4 elements are reserved, 7104 on a board of 48 chips",
);
/// The core ids that are not used. Which four py-spinnaker2 keeps for itself is not public; these are a
/// quad, with the two cores that SpiNNMachine gives to system software.
pub const RESERVED_CORES: Known<[usize; 4]> = Known::inferred(
    [1, 2, 3, 4],
    "SpiNNMachine: two cores of 152 are for system software, counted from the first",
);

const ROUTER_ENTRIES: Known = Known::documented(16_384, DATASHEET);
const LINKS: Known = Known::documented(6, CHIP_PAPER);

/// The memory of a processing element under the applications whose layout is public.
pub static MEMORY: Memory = Memory {
    total: Known::documented(128 * 1024, "linker script"),
    code: Known::documented(32 * 1024, "linker script: 0 to 0x7FFF"),
    data: Known::documented(
        0xE900,
        "NESTML's pe_config: data after 16 kB of rings and 2 kB of input buffers",
    ),
    end: Known::documented(0x1_F000, "linker script: 4 kB of heap and stack"),
    log_words: Known::documented(100, "NESTML's pe_config: a log of 400 bytes"),
};

/// Bytes that py-spinnaker2 reserves for an entry of the master population table, which takes 12:
/// it gives bytes where words are asked for.
pub const RESERVED_ENTRY_BYTES: Known = Known::documented(48, "py-spinnaker2 issue 127");

/// What times are estimated with. No public source has the times of a neuron or of a lookup.
pub static RATES: Rates = Rates {
    clock: Known::documented(300e6, "chip paper: 300 MHz at 0.8 V"),
    synaptic_events: Known::estimate(12e6, "chip paper: at most 12 M events/s and core"),
    neurons_a_millisecond: Known::estimate(
        150_000.0,
        "chip paper: more than 150,000 neurons a chip at a tick of 1 ms",
    ),
    usual_tick: Known::documented(1e-3, "py-spinnaker2 sys_tick_in_s, dynamic field example"),
};
