//! The on-chip form of a Xylo v1 (SYNS61300) configuration: the ordered list of register and memory
//! writes that samna 0.7.1 sends for it (`pollen_configuration_to_event`).
//!
//! Memory addresses and the order were found by running samna 0.7.1; the addresses are those that
//! rockpool lists for Audio 2 (xa2_devkit_utils.py:1357-1375). Later chips are not written here:
//! nothing is at hand to compare with.

mod encode;

use std::fmt::Write as _;

pub use encode::encode;

/// What a write goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    /// A control register.
    Register,
    /// A word of memory.
    Memory,
}

impl Space {
    /// `R` or `M`, as in the file.
    pub const fn letter(self) -> char {
        match self {
            Self::Register => 'R',
            Self::Memory => 'M',
        }
    }
}

/// One write of one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// Where.
    pub space: Space,
    /// The word address.
    pub address: u32,
    /// The word; negative numbers in two's complement.
    pub value: u32,
}

/// The file: a JSON object with `format` (1), `chip` (`SYNS61300`) and `writes`, a list of
/// `["R" or "M", address, value]` in the order of sending, one a line.
pub fn write(writes: &[Write]) -> String {
    let mut text = String::from("{\n\"format\": 1,\n\"chip\": \"SYNS61300\",\n\"writes\": [\n");
    for (
        i,
        Write {
            space,
            address,
            value,
        },
    ) in writes.iter().enumerate()
    {
        let comma = if i > 0 { ",\n" } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}[\"{}\", {address}, {value}]", space.letter());
    }
    text.push_str("\n]\n}\n");
    text
}
