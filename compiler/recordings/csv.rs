//! Recordings as events in text.

use std::{fs::File, io::BufWriter, path::Path};

use csv::Writer;
use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::Recording,
};

use super::failed;

/// Writes a row `sample,step,node,neuron,value` for each value but zero of the outputs and of
/// recorded spikes, in order of samples, nodes (outputs first), steps and neurons.
///
/// # Errors
///
/// Whatever the file system refuses.
pub fn write(path: &Path, recordings: &[Recording]) -> Result<Findings, Findings> {
    let store = || -> csv::Result<()> {
        let mut writer = Writer::from_writer(BufWriter::new(File::create(path)?));
        writer.write_record(["sample", "step", "node", "neuron", "value"])?;
        for (sample, recording) in recordings.iter().enumerate() {
            for (node, values) in recording.outputs.iter().chain(&recording.spikes) {
                for ((step, neuron), value) in values.indexed_iter().filter(|(_, x)| **x != 0.0) {
                    let numbers = [sample, step, neuron].map(|x| x.to_string());
                    let [sample, step, neuron] = numbers.each_ref().map(String::as_str);
                    writer.write_record([sample, step, node, neuron, &value.to_string()])?;
                }
            }
        }
        Ok(writer.flush()?)
    };
    store().map_err(|e| failed(path, &e))?;
    let left_out =
        |r: &Recording| !(r.v.is_empty() && r.i_syn.is_empty() && r.spike_times.is_empty());
    let mut findings = Findings::new();
    if recordings.iter().any(left_out) {
        findings.push(
            Finding::warning(
                "run-recording-csv",
                "a .csv holds outputs and spikes by step",
                "membrane potentials, synaptic currents and exact times are left out",
            )
            .fix("write an .npz or an .h5"),
        );
    }
    Ok(findings)
}
