//! The 20-bit words that the host sends to a speck2b to load a configuration.
//!
//! Source: `speck_configuration_to_event` and `encode_input_interface_events` of samna 0.7.1.0, run with
//! one field changed at a time. Nothing is known about the words of speck2e and speck2f.

mod memories;
mod registers;

use super::configuration::Configuration;

/// Opens a write of a register: layer at bit 6, type at bit 4, index.
const REGISTER: u32 = 0xC0000;
/// What a register is set to, 8 bits.
const DATA: u32 = 0x80000;
/// Ends a row of register writes.
const CLOSE: u32 = 0xE6000;
/// Opens a row of memory writes: layer at bit 6, and which memory.
const MEMORY: u32 = 0x40000;
/// An address; more follow.
const ADDRESS: u32 = 0x20000;
/// The last address of a row.
const LAST_ADDRESS: u32 = 0x30000;

/// The words for a configuration that [`legal::check`](super::legal::check) finds no error in, in the
/// order in which samna sends them: core by core its registers, weights, biases and neurons, then
/// readout, sensor and filter.
pub fn words(configuration: &Configuration) -> Vec<u32> {
    let cells = |core: &super::configuration::Core| {
        core.weights.values.len()
            + core.biases.values.len()
            + core.neurons_initial_value.values.len()
    };
    let cells: usize = configuration.cores.iter().map(cells).sum();
    let mut words = Vec::with_capacity(2 * cells + 1024);
    for (index, core) in configuration.cores.iter().enumerate() {
        let layer = (index as u32) << 6;
        registers::write(&mut words, layer, &registers::core(index, core));
        words.push(CLOSE);
        memories::write(&mut words, layer, core);
    }
    for (layer, registers) in registers::others(configuration) {
        registers::write(&mut words, layer << 6, &registers);
    }
    words.push(CLOSE);
    words
}

/// The text of the file with the words.
pub fn file(words: &[u32]) -> String {
    let mut text = String::with_capacity(8 * words.len() + 64);
    text.push_str("{\"chip\":\"speck2b\",\"words\":[");
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        text.push_str(&word.to_string());
    }
    text.push_str("]}\n");
    text
}
