//! Systems of Loihi 2 chips. What a core holds stands in the mapping engine's `loihi2.toml`, with its sources.

/// Chips that stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct System {
    /// The name on the command line.
    pub name: &'static str,
    /// The board.
    pub part_number: &'static str,
    /// Columns and rows of chips; which chips are neighbours is not public.
    pub grid: [usize; 2],
}

/// The systems, smallest first. Boards: Intel, as wikichip (intel/loihi_2) and Lava's `core/resources.py` name them.
pub const SYSTEMS: [System; 3] = [
    System {
        name: "loihi2",
        part_number: "Oheo Gulch",
        grid: [1, 1],
    },
    System {
        name: "loihi2-8",
        part_number: "Kapoho Point",
        grid: [4, 2],
    },
    System {
        name: "loihi2-32",
        part_number: "Kapoho Point x 4",
        grid: [8, 4],
    },
];

/// Cores of a chip that Lava's mapper uses: `NUM_VIRTUAL_CORES_L3` of lava-nc 0.10.0. Intel says 128.
pub const USABLE_CORES: usize = 120;
/// Neurons of a core, by the tables of Intel's compiler (3584 are printed as 87.52 %).
pub const NEURONS: usize = 4095;
/// 64-bit words of a core's synaptic memory, likewise (12,544 are printed as 78.40 %).
pub const SYNAPSE_WORDS: usize = 16_000;
/// 64-bit words of a core in all, likewise.
pub const TOTAL_WORDS: usize = 20_000;

/// Dense inputs of a neuron that a core takes: each costs an axon and a word of synapses, the neuron itself two.
pub const MOST_FAN_IN: usize = TOTAL_WORDS / 2 - 1;

impl System {
    /// The number of chips.
    pub fn chips(&self) -> usize {
        self.grid[0] * self.grid[1]
    }
}
