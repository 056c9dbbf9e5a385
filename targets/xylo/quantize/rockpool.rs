//! Integers as rockpool 3.1.0 makes them, to compare: `channel_quantize` and `global_quantize`, after
//! its mapper. `w_in`, `r` and the comparison do not enter, as they do not there.
//!
//! Source: rockpool 3.1.0, transform/quantize_methods.py:26-182 (global) and 185-401 (channel);
//! devices/xylo/xylo_graph_modules.py:71-72 (dash).

use ndarray::ArrayView2;
use nirc_dialects::finding::{Finding, Findings};
use nirc_passes::{Quantizer, round_half_even};

use super::{IntegerPopulation, Integers, network::Network, neuron::Analysed};

/// The integers by one of rockpool's quantisers.
pub fn integers(
    network: &Network<'_>,
    analysed: Vec<Analysed>,
    quantizer: Quantizer,
    findings: &mut Findings,
) -> Integers {
    findings.push(
        Finding::warning(
            "xylo-rockpool",
            "integers are made to act as the model does",
            format!("quantizer `{quantizer}` drops w_in, r and biases and takes the dash from log2(tau / dt), as rockpool 3.1.0 does"),
        )
        .why("it is for comparison with that tool")
        .fix("use --quantizer channel"),
    );
    let mut scales = Vec::new();
    for (index, population) in network.populations.iter().enumerate() {
        let tables: Vec<ArrayView2<'_, f64>> = network
            .connections_to(index)
            .iter()
            .map(|c| c.weights.view())
            .collect();
        scales.push(
            (0..population.count)
                .map(|n| {
                    let largest = tables
                        .iter()
                        .flat_map(|t| t.row(n).to_vec())
                        .fold(0f64, |m, w| m.max(w.abs()));
                    if largest > 0.0 { 127.0 / largest } else { 1.0 }
                })
                .collect::<Vec<f64>>(),
        );
    }
    if quantizer == Quantizer::RockpoolGlobal {
        for readouts in [false, true] {
            let members =
                || (0..scales.len()).filter(|&p| network.populations[p].is_readout == readouts);
            let least = members()
                .flat_map(|p| scales[p].clone())
                .fold(f64::INFINITY, f64::min);
            for p in members().collect::<Vec<_>>() {
                scales[p].fill(least);
            }
        }
    }
    let recurrent_factor = limit_thresholds(network, &analysed, &mut scales, quantizer);
    let populations = analysed.into_iter().zip(scales);
    let populations = populations.map(|(a, scale)| IntegerPopulation {
        threshold: (a.threshold.iter().zip(&scale))
            .map(|(t, s)| round_half_even(t * s) as i32)
            .collect(),
        bias: vec![0; scale.len()],
        gain: a.gain,
        dash_syn: a.dash_syn,
        dash_mem: a.dash_mem,
        decay_error: a.decay_error,
        scale,
    });
    Integers {
        populations: populations.collect(),
        shifts: [0; 3],
        recurrent_factor,
    }
}

/// Where a threshold would not fit 16 bits, the neuron (channel) or the layer (global) is scaled so
/// that it does. Returns the factor by which `global_quantize` then also scales the recurrent
/// weights, though it is the readouts' (quantize_methods.py:151-155).
fn limit_thresholds(
    network: &Network<'_>,
    analysed: &[Analysed],
    scales: &mut [Vec<f64>],
    quantizer: Quantizer,
) -> f64 {
    const MOST: f64 = 32767.0;
    let global = quantizer == Quantizer::RockpoolGlobal;
    let mut recurrent_factor = 1.0;
    for readouts in [false, true] {
        let members: Vec<usize> = (0..scales.len())
            .filter(|&p| network.populations[p].is_readout == readouts)
            .collect();
        let largest = members
            .iter()
            .flat_map(|&p| {
                analysed[p]
                    .threshold
                    .iter()
                    .zip(&scales[p])
                    .map(|(t, s)| (t * s).abs())
            })
            .fold(0f64, f64::max);
        if readouts && global && largest > MOST {
            recurrent_factor = MOST / largest;
        }
        for p in members {
            for (n, scale) in scales[p].iter_mut().enumerate() {
                let own = (analysed[p].threshold[n] * *scale).abs();
                let reference = if global { largest } else { own };
                if reference > MOST {
                    *scale *= MOST / reference;
                }
            }
        }
    }
    recurrent_factor
}
