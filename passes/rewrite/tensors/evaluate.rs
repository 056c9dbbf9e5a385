//! Evaluation of expressions, once, after extraction.
//!
//! Arithmetic is in 64 bits. Weights that only move keep their element type; results that 32 bits hold
//! exactly are held in 32 bits. What does not depend on each other is evaluated side by side.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ndarray::{ArrayD, IxDyn};
use nirc_dialects::{tensor::Tensor, with_elements};
use rayon::prelude::*;

use super::{Expression, TensorId, Tensors, kernels};

/// An evaluated expression.
#[derive(Clone, Debug)]
pub enum Value {
    /// Elements.
    Elements(Arc<[f64]>),
    /// Weights.
    Weights(Tensor),
}

impl Value {
    /// The values of elements; none for weights.
    pub fn elements(&self) -> &[f64] {
        match self {
            Self::Elements(values) => values,
            Self::Weights(_) => &[],
        }
    }

    /// The weights in 64 bits, in one dimension.
    fn weights(&self) -> Vec<f64> {
        match self {
            Self::Weights(tensor) => tensor.to_f64(),
            Self::Elements(values) => values.to_vec(),
        }
    }
}

/// Evaluates what is wanted.
pub fn evaluate(tensors: &Tensors, wanted: &BTreeSet<TensorId>) -> BTreeMap<TensorId, Value> {
    // Each level depends on those before it.
    let mut depth: BTreeMap<TensorId, usize> = BTreeMap::new();
    let mut stack: Vec<TensorId> = wanted.iter().rev().copied().collect();
    while let Some(id) = stack.last().copied() {
        if depth.contains_key(&id) {
            stack.pop();
            continue;
        }
        let needs = tensors.needs(id);
        let missing: Vec<_> = needs.iter().filter(|n| !depth.contains_key(n)).collect();
        if missing.is_empty() {
            let own = needs.iter().map(|n| depth[n] + 1).max().unwrap_or(0);
            depth.insert(id, own);
            stack.pop();
        } else {
            stack.extend(missing);
        }
    }
    let mut levels: Vec<Vec<TensorId>> = Vec::new();
    for (id, depth) in depth {
        if levels.len() <= depth {
            levels.resize(depth + 1, Vec::new());
        }
        levels[depth].push(id);
    }
    let mut known: BTreeMap<TensorId, Value> = BTreeMap::new();
    for level in levels {
        let made: Vec<_> = level
            .par_iter()
            .map(|id| (*id, value(tensors, *id, &known)))
            .collect();
        known.extend(made);
    }
    known.retain(|id, _| wanted.contains(id));
    known
        .into_par_iter()
        .map(|(id, value)| (id, narrow(value)))
        .collect()
}

/// The values of elements; for conditions of rules, where few are looked at.
pub fn elements(tensors: &Tensors, id: TensorId) -> Arc<[f64]> {
    match tensors.expression(id) {
        Expression::Values(number) => tensors.values[*number as usize].0.clone(),
        _ => match evaluate(tensors, &BTreeSet::from([id])).remove(&id) {
            Some(Value::Elements(values)) => values,
            _ => Arc::new([f64::NAN]),
        },
    }
}

impl Tensors {
    /// The expressions that one is made of.
    pub fn needs(&self, id: TensorId) -> Vec<TensorId> {
        match self.expression(id) {
            Expression::Values(_)
            | Expression::Leaf(_)
            | Expression::Identity(_)
            | Expression::Ones(..) => Vec::new(),
            Expression::Product(monomial) => monomial.powers.iter().map(|(f, _)| *f).collect(),
            Expression::Plus(terms) | Expression::Total(terms) => terms.clone(),
            Expression::Applied(a, b) => vec![*a, *b],
            Expression::Convolved { kernel, bias, .. } => vec![*kernel, *bias],
            Expression::Word {
                diagonals, cores, ..
            } => diagonals.iter().chain(cores).copied().collect(),
            Expression::Pick(of, ..)
            | Expression::Pooled(of, ..)
            | Expression::Reshaped(of, _)
            | Expression::Rows(of, _)
            | Expression::Columns(of, _)
            | Expression::ScatterColumns(of, ..)
            | Expression::Dense(of, _)
            | Expression::Blocks(of, _)
            | Expression::Padded(of, ..)
            | Expression::Dilated(of, _)
            | Expression::OfPool(of, _)
            | Expression::Corners(of, _)
            | Expression::Toeplitz(of, ..) => vec![*of],
        }
    }
}

fn value(tensors: &Tensors, id: TensorId, known: &BTreeMap<TensorId, Value>) -> Value {
    let elements = |id: &TensorId| known[id].elements();
    let weights = |id: &TensorId| known[id].weights();
    let shape = tensors.shape(id);
    let moved = |of: &TensorId, positions: Vec<Option<usize>>| match &known[of] {
        Value::Weights(tensor) => Value::Weights(take(tensor, &positions, shape)),
        other => other.clone(),
    };
    let made = |values: Vec<f64>| Value::Weights(tensor(shape, values));
    match tensors.expression(id) {
        Expression::Values(number) => Value::Elements(tensors.values[*number as usize].0.clone()),
        Expression::Product(monomial) => {
            let sign = if monomial.negative { -1.0 } else { 1.0 };
            Value::Elements(
                (0..shape[0])
                    .map(|i| {
                        let (mut above, mut below) = (1.0, 1.0);
                        for (factor, power) in &monomial.powers {
                            let x = at(elements(factor), i, shape[0]).powi(power.abs());
                            *(if *power > 0 { &mut above } else { &mut below }) *= x;
                        }
                        sign * scale_by_two(above / below, monomial.two)
                    })
                    .collect(),
            )
        }
        Expression::Plus(terms) => Value::Elements(
            (0..shape[0])
                .map(|i| terms.iter().map(|t| at(elements(t), i, shape[0])).sum())
                .collect(),
        ),
        Expression::Pick(of, positions, extent) => {
            let values = elements(of);
            let block = (values.len() / extent).max(1);
            let picked = positions.iter().flat_map(|position| {
                (0..block).map(move |b| at(values, position * block + b, extent * block))
            });
            Value::Elements(picked.collect())
        }
        Expression::Applied(weight, bias) => {
            let (w, b) = (weights(weight), elements(bias));
            let columns = tensors.shape(*weight)[1];
            let rows = w.chunks(columns.max(1));
            Value::Elements(
                rows.map(|row| {
                    let products = row.iter().enumerate();
                    products.map(|(j, w)| w * at(b, j, columns)).sum()
                })
                .collect(),
            )
        }
        Expression::Convolved {
            kernel,
            window,
            bias,
            shape: input,
        } => {
            let map = spread(elements(bias), input.iter().product());
            let all = kernels::convolve(
                &weights(kernel),
                tensors.shape(*kernel),
                window,
                &map,
                input,
            );
            Value::Elements(thin(all, shape[0]).into())
        }
        Expression::Pooled(bias, window, input) => {
            let map = spread(elements(bias), input.iter().product());
            Value::Elements(kernels::sum_pool(window, &map, input).into())
        }
        Expression::Leaf(leaf) => Value::Weights(tensors.leaves[*leaf as usize].tensor.clone()),
        Expression::Identity(n) => made(
            (0..n * n)
                .map(|i| if i / n == i % n { 1.0 } else { 0.0 })
                .collect(),
        ),
        Expression::Word {
            diagonals,
            cores,
            groups,
        } => {
            let shapes: Vec<_> = cores.iter().map(|c| tensors.shape(*c)).collect();
            let cores: Vec<_> = cores.iter().map(weights).collect();
            let diagonals: Vec<_> = diagonals.iter().map(elements).collect();
            made(kernels::word(&diagonals, cores, &shapes, *groups))
        }
        Expression::Total(terms) => {
            let mut sum = weights(&terms[0]);
            for term in &terms[1..] {
                for (a, b) in sum.iter_mut().zip(weights(term)) {
                    *a += b;
                }
            }
            made(sum)
        }
        Expression::Reshaped(of, _) => moved(of, (0..tensors.len(id)).map(Some).collect()),
        Expression::Rows(of, positions) => {
            let row = tensors.len(*of) / tensors.shape(*of)[0].max(1);
            let taken = positions
                .iter()
                .flat_map(|p| (0..row).map(move |j| p * row + j));
            moved(of, taken.map(Some).collect())
        }
        Expression::Columns(of, positions) => {
            let from = tensors.shape(*of);
            let taps: usize = from[2..].iter().product();
            let taken = (0..from[0]).flat_map(|row| {
                positions
                    .iter()
                    .flat_map(move |p| (0..taps).map(move |tap| (row * from[1] + p) * taps + tap))
            });
            moved(of, taken.map(Some).collect())
        }
        Expression::ScatterColumns(of, positions, extent) => {
            let from = tensors.shape(*of);
            let taps: usize = from[2..].iter().product();
            let mut taken = vec![None; from[0] * extent * taps];
            for row in 0..from[0] {
                for (column, to) in positions.iter().enumerate() {
                    for tap in 0..taps {
                        taken[(row * extent + to) * taps + tap] =
                            Some((row * from[1] + column) * taps + tap);
                    }
                }
            }
            moved(of, taken)
        }
        Expression::Dense(of, groups) => moved(of, kernels::dense(tensors.shape(*of), *groups)),
        Expression::Blocks(of, groups) => moved(of, kernels::blocks(tensors.shape(*of), *groups)),
        Expression::Padded(of, before, _) => {
            let ones = vec![1; before.len()];
            moved(
                of,
                kernels::spread_taps(tensors.shape(*of), before, &ones, shape),
            )
        }
        Expression::Dilated(of, dilation) => {
            let none = vec![0; dilation.len()];
            moved(
                of,
                kernels::spread_taps(tensors.shape(*of), &none, dilation, shape),
            )
        }
        Expression::Ones(..) => made(vec![1.0; tensors.len(id)]),
        Expression::OfPool(of, window) => made(kernels::of_pool(
            &weights(of),
            tensors.shape(*of),
            window,
            shape,
        )),
        Expression::Corners(of, tile) => {
            moved(of, kernels::corners(tensors.shape(*of), tile, shape))
        }
        Expression::Toeplitz(of, window, input) => made(kernels::toeplitz(
            &weights(of),
            tensors.shape(*of),
            window,
            input,
        )),
    }
}

/// Element `i` of `count` of values that hold one for all, each channel or each element.
fn at(values: &[f64], i: usize, count: usize) -> f64 {
    match values {
        [one] => *one,
        _ => values
            .get(i * values.len() / count.max(1))
            .copied()
            .unwrap_or(f64::NAN),
    }
}

/// One value for each of `count` elements.
pub fn spread(values: &[f64], count: usize) -> Vec<f64> {
    (0..count).map(|i| at(values, i, count)).collect()
}

/// The first value of each of `count` parts.
fn thin(values: Vec<f64>, count: usize) -> Vec<f64> {
    let part = (values.len() / count.max(1)).max(1);
    values.into_iter().step_by(part).collect()
}

/// x 2^two, rounded at most once where the result is a normal number.
fn scale_by_two(x: f64, two: i32) -> f64 {
    let half = two / 2;
    x * 2f64.powi(half) * 2f64.powi(two - half)
}

/// The elements at these positions, or 0, in `shape`.
fn take(tensor: &Tensor, positions: &[Option<usize>], shape: &[usize]) -> Tensor {
    with_elements!(tensor, array => {
        let standard = array.as_standard_layout();
        let flat = standard.as_slice().unwrap_or_default();
        let taken: Vec<_> = positions
            .iter()
            .map(|p| p.and_then(|p| flat.get(p).copied()).unwrap_or_default())
            .collect();
        match ArrayD::from_shape_vec(IxDyn(shape), taken.clone()) {
            Ok(array) => Tensor::from(array),
            Err(_) => Tensor::from(taken),
        }
    })
}

fn tensor(shape: &[usize], values: Vec<f64>) -> Tensor {
    match ArrayD::from_shape_vec(IxDyn(shape), values.clone()) {
        Ok(array) => array.into(),
        Err(_) => values.into(),
    }
}

/// Weights in 32 bits where that loses nothing.
fn narrow(value: Value) -> Value {
    let Value::Weights(Tensor::F64(array)) = &value else {
        return value;
    };
    if array.iter().all(|x| f64::from(*x as f32) == *x) {
        return Value::Weights(array.mapv(|x| x as f32).into_dyn().into());
    }
    value
}
