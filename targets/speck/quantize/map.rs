//! The linear map from a value to the input of a population, as it grows on the way back.

use std::collections::BTreeSet;

use ndarray::{Array2, Array4};
use nirc_passes::Parameter;

use super::kernel::{AXES, Kernel, Window};

/// [channels, rows, columns] of a signal: [n] are n channels of one place, [c, l] are c channels of one
/// row. `None` for more dimensions.
pub fn map_shape(shape: &[usize]) -> Option<[usize; 3]> {
    match *shape {
        [n] => Some([n, 1, 1]),
        [c, l] => Some([c, 1, l]),
        [c, h, w] => Some([c, h, w]),
        _ => None,
    }
}

/// Why a map has no form on the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The finding's code.
    pub code: &'static str,
    /// What is there.
    pub what: &'static str,
    /// Why it cannot be.
    pub why: &'static str,
    /// What could be done.
    pub fix: &'static str,
}

const POSITION_SCALE: Refusal = Refusal {
    code: "speck-position-scale",
    what: "its factors differ between the places of a channel",
    why: "a core has one kernel for all places of a map",
    fix: "use one factor for each channel",
};
const TWO_KERNELS: Refusal = Refusal {
    code: "speck-two-kernels",
    what: "it and the map behind it are not one convolution, because of padding between them",
    why: "a core has one kernel between its input and its neurons",
    fix: "put spiking neurons between, or leave out the padding of the second",
};
const LAYOUT: Refusal = Refusal {
    code: "speck-reshape",
    what: "channels, rows and columns are regrouped before a convolution",
    why: "events carry the channel, row and column of the neuron that spiked",
    fix: "regroup at the model's input only, or flatten into a fully connected layer",
};
const STRIDES: Refusal = Refusal {
    code: "speck-strides-differ",
    what: "paths of different strides from one source meet behind it",
    why: "a core has one stride",
    fix: "use one stride, or put spiking neurons between",
};
const LARGE: Refusal = Refusal {
    code: "speck-reshape",
    what: "a fully connected layer gives a map with rows and columns",
    why: "the neurons of a fully connected layer are the channels of one place",
    fix: "follow it with fully connected layers only",
};

/// A linear map, first a pool, then the form.
#[derive(Clone, Debug)]
pub struct Map {
    /// What it takes, before the pool [channels, rows, columns].
    pub input: [usize; 3],
    /// What it gives.
    pub output: [usize; 3],
    /// Rows and columns that are summed first.
    pub pool: [usize; 2],
    form: Form,
    /// Whether a reshape chose the shape of the input, so that only an input of the model can have it.
    pub regrouped: bool,
    /// The ops that it comes from.
    pub ops: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
enum Form {
    /// Each element by its factor.
    Factor(Parameter),
    Kernel(Kernel),
}

impl Map {
    /// Of a population's input to itself.
    pub fn identity(shape: [usize; 3]) -> Self {
        Self {
            input: shape,
            output: shape,
            pool: [1, 1],
            form: Form::Factor(Parameter::uniform(1.0)),
            regrouped: false,
            ops: BTreeSet::new(),
        }
    }

    /// What the form takes: the input, pooled.
    pub fn pooled(&self) -> [usize; 3] {
        let [c, h, w] = self.input;
        [c, h / self.pool[0].max(1), w / self.pool[1].max(1)]
    }

    /// This after factors.
    pub fn scale(&mut self, factors: &Parameter) -> Result<(), Refusal> {
        self.check_order()?;
        let by_channel = by_channel(factors, self.input);
        let unpooled = self.pool == [1, 1];
        let pooled = self.pooled();
        match (&mut self.form, by_channel) {
            (Form::Factor(own), Some(channels)) => {
                let pixels = pooled[1] * pooled[2];
                let expanded = match channels.shared() {
                    Some(one) => Parameter::uniform(one),
                    None => Parameter::each(
                        (0..pooled.iter().product())
                            .map(|i| channels.get(i / pixels.max(1)))
                            .collect(),
                    ),
                };
                *own = own.zip(&expanded, |a, b| a * b);
            }
            (Form::Factor(own), None) if unpooled => *own = own.zip(factors, |a, b| a * b),
            (Form::Kernel(kernel), Some(channels)) => {
                for ((_, c, _, _), weight) in kernel.weights.indexed_iter_mut() {
                    *weight *= channels.get(c);
                }
            }
            (Form::Kernel(kernel), None) if unpooled && kernel.is_whole(pooled, self.output) => {
                for ((_, c, i, j), weight) in kernel.weights.indexed_iter_mut() {
                    *weight *= factors.get((c * pooled[1] + i) * pooled[2] + j);
                }
            }
            _ => return Err(POSITION_SCALE),
        }
        Ok(())
    }

    /// This after a fully connected layer of weights [target, source].
    pub fn follow_linear(&mut self, table: &Array2<f64>) -> Result<(), Refusal> {
        self.check_order()?;
        let (targets, sources) = table.dim();
        if self.input != [targets, 1, 1] {
            return Err(LAYOUT);
        }
        if self.output[1..] != [1, 1] {
            return Err(LARGE);
        }
        let joined = match &self.form {
            Form::Factor(factors) => {
                Array2::from_shape_fn((targets, sources), |(t, s)| factors.get(t) * table[[t, s]])
            }
            Form::Kernel(kernel) => {
                let own = kernel
                    .weights
                    .view()
                    .into_shape_with_order((self.output[0], targets));
                own.map_err(|_| LAYOUT)?.dot(table)
            }
        };
        let shape = (self.output[0], sources, 1, 1);
        let weights = Array4::from_shape_vec(shape, joined.into_iter().collect());
        self.form = Form::Kernel(Kernel {
            weights: weights.map_err(|_| LAYOUT)?,
            stride: [1, 1],
            before: [0, 0],
        });
        (self.input, self.pool) = ([sources, 1, 1], [1, 1]);
        Ok(())
    }

    /// This after a convolution from a map of shape `input`.
    pub fn follow_kernel(&mut self, first: Kernel, input: [usize; 3]) -> Result<(), Refusal> {
        self.check_order()?;
        self.expand(self.pool)?;
        let joined = match &self.form {
            Form::Factor(factors) => {
                let channels = by_channel(factors, self.input).ok_or(POSITION_SCALE)?;
                let mut first = first;
                for ((f, ..), weight) in first.weights.indexed_iter_mut() {
                    *weight *= channels.get(f);
                }
                first
            }
            Form::Kernel(kernel) => kernel
                .after(&first, [input, self.input, self.output])
                .ok_or(TWO_KERNELS)?,
        };
        self.form = Form::Kernel(joined);
        self.input = input;
        Ok(())
    }

    /// This after a pool from a map of shape `input`; each window is summed and multiplied by `factor`.
    pub fn follow_pool(
        &mut self,
        window: &Window,
        factor: f64,
        input: [usize; 3],
    ) -> Result<(), Refusal> {
        self.check_order()?;
        let tiles = AXES.iter().all(|axis| {
            let side = window.side[*axis];
            side == window.stride[*axis]
                && window.before[*axis] == 0
                && self.input[axis + 1] == input[axis + 1] / side
        });
        if tiles {
            for axis in AXES {
                self.pool[axis] *= window.side[axis];
            }
        } else {
            self.expand(self.pool)?;
            let shapes = [input, self.input, self.output];
            let kernel = self.kernel().ok_or(POSITION_SCALE)?;
            self.form = Form::Kernel(kernel.after_sum(window, shapes).ok_or(TWO_KERNELS)?);
        }
        self.input = input;
        match &mut self.form {
            Form::Factor(own) => *own = own.map(|x| x * factor),
            Form::Kernel(kernel) => kernel.weights *= factor,
        }
        Ok(())
    }

    /// This after a reshape from a signal of shape `input`, with the same elements in the same order.
    pub fn follow_reshape(&mut self, input: [usize; 3]) -> Result<(), Refusal> {
        if input == self.input {
            return Ok(());
        }
        match &mut self.form {
            Form::Kernel(kernel)
                if self.pool == [1, 1]
                    && !self.regrouped
                    && kernel.is_whole(self.input, self.output) =>
            {
                let [c, h, w] = input;
                let elements: Vec<f64> = kernel.weights.iter().copied().collect();
                let weights = Array4::from_shape_vec((self.output[0], c, h, w), elements);
                kernel.weights = weights.map_err(|_| LAYOUT)?;
                (kernel.stride, kernel.before) = ([1, 1], [0, 0]);
                self.input = input;
            }
            // The shape stays that of the form: an input of the model can send any.
            _ => self.regrouped = true,
        }
        Ok(())
    }

    /// What a constant [channels, rows, columns] at the input gives.
    pub fn apply(&self, constant: &Parameter) -> Result<Parameter, Refusal> {
        self.check_order()?;
        let [c, h, w] = self.input;
        let [_, rows, columns] = self.pooled();
        // Identity keeps one number one number.
        if let (Form::Factor(factors), [1, 1]) = (&self.form, self.pool) {
            return Ok(factors.zip(constant, |a, b| a * b));
        }
        let mut pooled = vec![0.0; c * rows * columns];
        for channel in 0..c {
            for y in 0..rows * self.pool[0] {
                for x in 0..columns * self.pool[1] {
                    let to = (channel * rows + y / self.pool[0]) * columns + x / self.pool[1];
                    pooled[to] += constant.get((channel * h + y) * w + x);
                }
            }
        }
        Ok(Parameter::each(match &self.form {
            Form::Factor(factors) => (pooled.iter().enumerate())
                .map(|(i, x)| factors.get(i) * x)
                .collect(),
            Form::Kernel(kernel) => kernel.apply(&pooled, self.pooled(), self.output),
        }))
    }

    /// Adds another map from the same value.
    pub fn add(&mut self, mut other: Self) -> Result<(), Refusal> {
        self.ops.append(&mut other.ops);
        if self.input != other.input || self.regrouped != other.regrouped {
            return Err(LAYOUT);
        }
        if let (Form::Factor(a), Form::Factor(b)) = (&self.form, &other.form)
            && self.pool == other.pool
        {
            self.form = Form::Factor(a.zip(b, |a, b| a + b));
            return Ok(());
        }
        if self.pool != other.pool {
            self.expand(self.pool)?;
            other.expand(other.pool)?;
        }
        let (a, b) = (self.kernel(), other.kernel());
        let (a, b) = a.zip(b).ok_or(POSITION_SCALE)?;
        self.form = Form::Kernel(a.plus(&b, self.output).ok_or(STRIDES)?);
        Ok(())
    }

    /// The form as a kernel from the pooled input; `None` if factors differ within a channel.
    pub fn kernel(&self) -> Option<Kernel> {
        match &self.form {
            Form::Kernel(kernel) => Some(kernel.clone()),
            Form::Factor(factors) => {
                let channels = by_channel(factors, self.pooled())?;
                let count = self.output[0];
                let weights = Array4::from_shape_fn((count, count, 1, 1), |(f, c, _, _)| {
                    if f == c { channels.get(f) } else { 0.0 }
                });
                Some(Kernel {
                    weights,
                    stride: [1, 1],
                    before: [0, 0],
                })
            }
        }
    }

    /// Makes a part of the pool a part of the kernel.
    ///
    /// # Errors
    ///
    /// If the map is not one kernel then. `by` must divide the pool.
    pub fn expand(&mut self, by: [usize; 2]) -> Result<(), Refusal> {
        if by == [1, 1] {
            return Ok(());
        }
        let kernel = self.kernel().ok_or(POSITION_SCALE)?;
        let middle = self.pooled();
        self.pool = AXES.map(|axis| self.pool[axis] / by[axis]);
        let window = Window {
            side: by,
            stride: by,
            before: [0, 0],
        };
        let shapes = [self.pooled(), middle, self.output];
        self.form = Form::Kernel(kernel.after_sum(&window, shapes).ok_or(TWO_KERNELS)?);
        Ok(())
    }

    /// After a regrouping nothing but an input may come.
    fn check_order(&self) -> Result<(), Refusal> {
        if self.regrouped { Err(LAYOUT) } else { Ok(()) }
    }

    /// The refusal if this comes from a population.
    pub fn check_population(&self) -> Result<(), Refusal> {
        self.check_order()
    }
}

/// One number for each channel of [channels, rows, columns], if the numbers are equal within each.
pub fn by_channel(values: &Parameter, shape: [usize; 3]) -> Option<Parameter> {
    if let Some(one) = values.shared() {
        return Some(Parameter::uniform(one));
    }
    let pixels = (shape[1] * shape[2]).max(1);
    let values = values.values();
    // One for each channel already, as a bias may be.
    if values.len() == shape[0] {
        return Some(Parameter::each(values.to_vec()));
    }
    let mut channels = Vec::with_capacity(shape[0]);
    for channel in values.chunks(pixels) {
        let first = channel.first()?;
        if channel.iter().any(|x| x != first) {
            return None;
        }
        channels.push(*first);
    }
    Some(Parameter::each(channels))
}
