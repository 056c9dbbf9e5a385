//! Samples from NIRData.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView3, Axis, Ix3};
use nirc_dialects::{
    finding::{Finding, Findings},
    nir::{
        data::{self, Events, Grid, Lost, Observable, steps_in},
        file::ReadOptions,
    },
    tensor::Tensor,
};

use super::{Column, Input, events, need_step, npy, source::File};

/// The relative difference at which two steps are no longer the same.
const SAME_STEP: f64 = 1e-6;

/// The samples of those of the `wanted` inputs that the file has a node for: under the name that
/// the option `node` gives, else under the input's. The observable is that which the option names,
/// else the only one, else `spikes`.
///
/// # Errors
///
/// All findings: what cannot be read, a node or observable that is not there, widths and steps
/// that differ from the model's, events that have no place.
pub fn read(
    file: &File,
    wanted: &[(usize, Input<'_>)],
    step: Option<f64>,
) -> Result<Vec<Column>, Findings> {
    let data = data::read(&file.path, ReadOptions::default().max_bytes)?;
    let (mut columns, mut findings) = (Vec::new(), Findings::new());
    for &(index, input) in wanted {
        let node = file.options.node.as_deref().unwrap_or(input.name);
        let Some(observables) = data.nodes.get(node) else {
            continue;
        };
        match choose(observables, file, input)
            .map_err(Findings::from)
            .and_then(|observable| samples(observable, file, input, step))
        {
            Ok(samples) => columns.push((index, samples)),
            Err(more) => findings.extend(more),
        }
    }
    if columns.is_empty() && !findings.has_errors() {
        let nodes: Vec<_> = data.nodes.keys().map(|name| format!("`{name}`")).collect();
        let what = format!(
            "`{}` has the nodes {}",
            file.path.display(),
            nodes.join(", ")
        );
        findings.push(super::refuse(what).fix("name the node: INPUT=FILE:node=NAME"));
    }
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(columns)
}

fn choose<'o>(
    observables: &'o BTreeMap<String, Observable>,
    file: &File,
    input: Input<'_>,
) -> Result<&'o Observable, Finding> {
    let name = file.options.observable.as_deref();
    let found = match (name, observables.len()) {
        (None, 1) => observables.values().next(),
        _ => observables.get(name.unwrap_or("spikes")),
    };
    found.ok_or_else(|| {
        let names: Vec<_> = observables.keys().map(|name| format!("`{name}`")).collect();
        Finding::error(
            "run-observable",
            "the observable that is the input is known",
            format!(
                "`{}` has the observables {}",
                file.path.display(),
                names.join(", ")
            ),
        )
        .at(input.name)
        .fix("name it: FILE:observable=NAME")
    })
}

fn samples(
    observable: &Observable,
    file: &File,
    input: Input<'_>,
    step: Option<f64>,
) -> Result<Vec<Array2<f32>>, Findings> {
    if observable.neurons() != input.width {
        return Err(Finding::error(
            "run-input",
            "the input has one column for each element of the model's input",
            format!(
                "`{}` has {} neurons, the input has {} elements",
                file.path.display(),
                observable.neurons(),
                input.width
            ),
        )
        .at(input.name)
        .into());
    }
    match observable {
        Observable::Gridded { values, dt } => {
            let same = |step: f64| (dt / step - 1.0).abs() <= SAME_STEP;
            if !file.options.ignore_dt && step.is_some_and(|step| !same(step)) {
                return Err(Finding::error(
                    "run-step",
                    "data on a grid has the model's step",
                    format!(
                        "`{}` has a step of {dt:e} s, the model has {:e} s",
                        file.path.display(),
                        step.unwrap_or_default()
                    ),
                )
                .at(input.name)
                .why("putting data onto another grid changes when spikes come, or loses some")
                .fix("settle the model's step with --dt, or take rows as steps: FILE:dt=ignore")
                .into());
            }
            Ok(grid(values, file, input)?)
        }
        Observable::Events(events) => raster(events, file, input, step),
    }
}

/// Values on a grid, one array for each sample.
fn grid(values: &Grid, file: &File, input: Input<'_>) -> Result<Vec<Array2<f32>>, Finding> {
    let (samples, steps) = match values.shape() {
        [samples, steps, _] => (*samples, *steps),
        _ => (0, 0),
    };
    events::check_size(samples, Some(steps), input, &file.path)?;
    fn split<T: Copy>(
        values: ArrayView3<'_, T>,
        convert: impl Fn(T) -> Option<f32>,
    ) -> Option<Vec<Array2<f32>>> {
        let sample = |sample: ndarray::ArrayView2<'_, T>| {
            let values: Option<Vec<f32>> = sample.iter().map(|x| convert(*x)).collect();
            Array2::from_shape_vec(sample.raw_dim(), values?).ok()
        };
        values.axis_iter(Axis(0)).map(sample).collect()
    }
    macro_rules! numbers {
        ($array:expr, $convert:expr) => {
            $array
                .view()
                .into_dimensionality::<Ix3>()
                .ok()
                .and_then(|values| split(values, $convert))
        };
    }
    let split = match values {
        Grid::Spikes(spikes) => split(spikes.view(), |x| Some(f32::from(u8::from(x)))),
        Grid::Numbers(tensor) => match tensor {
            Tensor::F32(array) => numbers!(array, |x: f32| npy::finite(x.into())),
            Tensor::F64(array) => numbers!(array, npy::finite),
            Tensor::I64(array) => numbers!(array, |x: i64| npy::exact(x.into())),
            Tensor::I32(array) => numbers!(array, |x: i32| npy::exact(x.into())),
            Tensor::I16(array) => numbers!(array, |x: i16| Some(x.into())),
            Tensor::I8(array) => numbers!(array, |x: i8| Some(x.into())),
        },
    };
    split.ok_or_else(|| {
        npy::values_finding(&file.path.display().to_string(), "a value").at(input.name)
    })
}

/// Events on the model's grid, one array for each sample.
fn raster(
    events: &Events,
    file: &File,
    input: Input<'_>,
    step: Option<f64>,
) -> Result<Vec<Array2<f32>>, Findings> {
    let dt = need_step(step, "times in seconds").map_err(|finding| finding.at(input.name))?;
    let steps = file.options.steps.or_else(|| steps_in(events.t_max, dt));
    let steps = events::check_size(events.samples(), steps, input, &file.path)?;
    let mut all = Lost::default();
    let samples = (0..events.samples())
        .map(|sample| {
            let raster = events.raster(sample, steps, dt);
            all += raster.lost;
            raster.sums
        })
        .collect();
    let findings = events::lost(all, input, &file.path);
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(samples)
}
