//! Recordings as NIRData.

use std::path::Path;

use ndarray::{Array2, Array3};
use nirc_dialects::{
    finding::{Finding, Findings},
    nir::{
        data::{self, Events, GraphData, Grid, Observable},
        file::WriteOptions,
    },
    simulation::Recording,
    tensor::Tensor,
};

use super::{
    refuse,
    series::{self, Series},
};

/// Writes the observables `output`, `spikes`, `v` and `i_syn` of each node on the grid of steps,
/// and `spike_times` as events.
///
/// Counts are booleans if none is above 1, else signed integers of the fewest bytes that hold them;
/// potentials, currents and outputs that are no counts are 64-bit floats.
///
/// # Errors
///
/// Recordings without a step, samples of different shapes, names that HDF5 cannot hold, and
/// whatever the file system refuses.
pub fn write(
    path: &Path,
    recordings: &[Recording],
    step: Option<f64>,
) -> Result<Findings, Findings> {
    let dt = step.ok_or_else(|| {
        Finding::error(
            "run-step",
            "the model's step is known where the output has seconds",
            "NIRData has the step in seconds, and the model has none",
        )
        .fix("write an .npz")
    })?;
    let series = series::series(recordings)?;
    let mut graph = GraphData::default();
    for one in &series {
        let values = grid(one).map_err(|what| refuse(what).at(one.node))?;
        let node = graph.nodes.entry(one.node.to_owned()).or_default();
        node.insert(
            one.observable.to_owned(),
            Observable::Gridded { values, dt },
        );
    }
    let steps = series.iter().map(|one| one.shape.0).max();
    for times in series::events(recordings) {
        let shape = (recordings.len(), times.most);
        let impossible = |e: ndarray::ShapeError| refuse(e.to_string()).at(times.node);
        let of_node = series
            .iter()
            .find(|s| s.node == times.node && s.observable != "output");
        // Without the raster of the node, its last spikes are all that is known.
        let last = |largest: i64| usize::try_from(largest + 1).unwrap_or_default();
        let neurons = times.neurons().max().map_or(0, last);
        let end = times.times().filter(|t| t.is_finite()).fold(0.0, f64::max);
        let events = Events {
            idx: Array2::from_shape_vec(shape, times.neurons().collect()).map_err(impossible)?,
            time: Array2::from_shape_vec(shape, times.times().collect()).map_err(impossible)?,
            value: None,
            n_neurons: of_node.map_or(neurons, |series| series.shape.1),
            t_max: steps.map_or(end, |steps| steps as f64 * dt),
            epsilon: f64::EPSILON,
        };
        let node = graph.nodes.entry(times.node.to_owned()).or_default();
        node.insert("spike_times".to_owned(), Observable::Events(events));
    }
    data::write(&graph, path, &WriteOptions::default())?;
    Ok(Findings::new())
}

/// The values of all samples: [samples, steps, elements].
fn grid(series: &Series<'_>) -> Result<Grid, String> {
    let shape = [series.samples.len(), series.shape.0, series.shape.1];
    let values = series.values();
    fn number<T>(shape: [usize; 3], values: Vec<T>) -> Result<Grid, String>
    where
        Tensor: From<ndarray::ArrayD<T>>,
    {
        let array = Array3::from_shape_vec(shape, values).map_err(|e| e.to_string())?;
        Ok(Grid::Numbers(array.into_dyn().into()))
    }
    match series.largest_count() {
        Some(..=1.0) => Array3::from_shape_vec(shape, values.map(|x| x > 0.0).collect())
            .map(Grid::Spikes)
            .map_err(|e| e.to_string()),
        Some(..=127.0) => number(shape, values.map(|x| x as i8).collect()),
        Some(..=32767.0) => number(shape, values.map(|x| x as i16).collect()),
        Some(..=2147483647.0) => number(shape, values.map(|x| x as i32).collect()),
        Some(_) => number(shape, values.map(|x| x as i64).collect()),
        None => number(shape, values.collect::<Vec<f64>>()),
    }
}
