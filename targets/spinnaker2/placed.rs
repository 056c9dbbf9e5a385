//! A network on processing elements: what a module of level `hw` says.

use melior::ir::OperationRef;
use ndarray::{Array4, ArrayD, Ix2, Ix4};
use nirc_dialects::{
    finding::{Finding, Findings},
    hw::{self, Op},
    ir::{self, DenseTensor, DialectOp, node_name},
    tensor::{Tensor, TensorStore},
};

use super::{
    application::{Application, Reset},
    convolution::Convolution,
    image::Records,
    map::options,
    network::{Network, Population, Projection, Synapses},
    routing::{Chip, Entry, KeyMask, Route, Table},
    rows::Rows,
    word::Synapse,
};

/// A network on processing elements.
#[derive(Clone, Debug, Default)]
pub struct Placed {
    /// The network.
    pub network: Network,
    /// For each projection, RMS of the rounding error over RMS of the weights.
    pub errors: Vec<f64>,
    /// The NIR node of each projection.
    pub nodes: Vec<String>,
    /// Slices in the order of their populations and neurons.
    pub slices: Vec<Slice>,
    /// The multicast tables of the chips that have one.
    pub tables: Vec<(Chip, Table)>,
    /// The run.
    pub run: Run,
    /// What a step stands for, in seconds.
    pub step: Option<f64>,
}

/// How long and how fast the elements run, and what they record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Ticks.
    pub ticks: usize,
    /// The length of a tick in microseconds, which are cycles of the reference clock.
    pub tick: u32,
    /// What is recorded of output populations.
    pub record: Records,
    /// What is recorded of the others.
    pub record_hidden: Records,
    /// Whether the master population tables have the room that py-spinnaker2 gives them.
    pub over_allocated: bool,
}

/// Neurons of a population on a processing element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The population, by index.
    pub population: usize,
    /// The first neuron.
    pub first: usize,
    /// How many.
    pub count: usize,
    /// The chip.
    pub chip: Chip,
    /// The core id, 1 to 152.
    pub core: usize,
    /// The key of the first neuron's packets; neuron n sends this plus n.
    pub key: u32,
    /// Bytes of its data, as far as they are known.
    pub bytes: usize,
}

impl Placed {
    /// The slices of a population.
    pub fn slices_of(&self, population: usize) -> impl Iterator<Item = &Slice> {
        self.slices
            .iter()
            .filter(move |s| s.population == population)
    }

    /// Neurons of a population on its fullest element.
    pub fn atoms(&self, population: usize) -> usize {
        self.slices_of(population)
            .map(|s| s.count)
            .max()
            .unwrap_or(0)
    }

    /// What is recorded of a population.
    pub fn records(&self, population: usize) -> Records {
        match self.network.outputs.iter().any(|(_, p)| *p == population) {
            true => self.run.record,
            false => self.run.record_hidden,
        }
    }

    /// What `module` says.
    ///
    /// # Errors
    ///
    /// All ops that cannot be read or do not fit each other.
    pub fn read(module: OperationRef<'_, '_>, tensors: &TensorStore) -> Result<Self, Findings> {
        let mut findings = Findings::new();
        let mut placed = Self {
            step: ir::module_attribute(module, hw::STEP),
            ..Self::default()
        };
        for operation in ir::operations(module) {
            let read = Op::read(operation);
            let name = node_name(operation);
            let done = read.and_then(|op| placed.take(&name, &op, tensors));
            if let Err(finding) = done {
                findings.push(finding.at(name));
            }
        }
        let populations = placed.network.populations.len();
        let there = |population: usize| population < populations;
        let complete = placed
            .network
            .projections
            .iter()
            .all(|p| there(p.source) && there(p.target))
            && placed.slices.iter().all(|s| there(s.population))
            && placed.network.outputs.iter().all(|(_, p)| there(*p));
        if !complete {
            findings.push(misfit("an op names a population that is not there"));
        }
        if findings.has_errors() {
            return Err(findings);
        }
        placed.slices.sort_by_key(|s| (s.population, s.first));
        Ok(placed)
    }

    fn take(&mut self, name: &str, op: &Op<'_>, tensors: &TensorStore) -> Result<(), Finding> {
        match op {
            Op::Chip { .. } => {}
            Op::Run {
                ticks,
                tick,
                record,
                record_hidden,
                over_allocated,
            } => {
                let records = |text: &str| {
                    options::records(text).ok_or_else(|| misfit(format!("`{text}` is no record")))
                };
                self.run = Run {
                    ticks: count(*ticks)?,
                    tick: u32::try_from(*tick).map_err(|_| misfit("a tick is too long"))?,
                    record: records(record)?,
                    record_hidden: records(record_hidden)?,
                    over_allocated: *over_allocated,
                };
            }
            Op::Population {
                id,
                application,
                count: neurons,
                copies,
                reset,
                parameters,
                scale: _,
            } => {
                if count(*id)? != self.network.populations.len() {
                    return Err(misfit("populations are numbered in their order"));
                }
                let application = Application::from_word(application);
                let reset = match reset {
                    None => Some(Reset::BySubtraction),
                    Some(word) => Reset::from_word(word),
                };
                let (Some(application), Some(reset)) = (application, reset) else {
                    return Err(misfit("there is no such application or reset"));
                };
                let neurons = count(*neurons)?;
                self.network.populations.push(Population {
                    name: name.to_owned(),
                    count: neurons,
                    copies: count(*copies)?.max(1),
                    application,
                    parameters: parameters_of(application, *parameters, neurons, tensors)?,
                    reset,
                });
            }
            Op::Rows {
                source,
                target,
                first,
                neuron,
                weight,
                delay,
                relative_error,
            } => {
                let rows = rows([*first, *neuron, *weight], *delay, tensors)?;
                self.project(
                    name,
                    *source,
                    *target,
                    Synapses::Rows(rows),
                    *relative_error,
                )?;
            }
            Op::Kernel {
                source,
                target,
                weight,
                input,
                pool,
                stride,
                padding,
                relative_error,
            } => {
                let convolution = Convolution {
                    weight: kernel(*weight, tensors)?,
                    input: numbers(input)?,
                    pool: numbers(pool)?,
                    stride: numbers(stride)?,
                    padding: numbers(padding)?,
                };
                let synapses = Synapses::Convolution(convolution);
                self.project(name, *source, *target, synapses, *relative_error)?;
            }
            Op::Recorded { population } => {
                self.network
                    .outputs
                    .push((name.to_owned(), count(*population)?));
            }
            Op::Slice {
                population,
                first,
                count: neurons,
                chip,
                core,
                key,
                bytes,
            } => self.slices.push(Slice {
                population: count(*population)?,
                first: count(*first)?,
                count: count(*neurons)?,
                chip: chip_of(chip)?,
                core: count(*core)?,
                key: u32::try_from(*key).map_err(|_| misfit("a key has 32 bits"))?,
                bytes: count(*bytes)?,
            }),
            Op::RoutingTable { chip, keys, routes } => {
                let table = table(*keys, *routes, tensors)?;
                self.tables.push((chip_of(chip)?, table));
            }
            _ => return Err(misfit("it is an op of another chip")),
        }
        Ok(())
    }

    fn project(
        &mut self,
        name: &str,
        source: i64,
        target: i64,
        synapses: Synapses,
        error: f64,
    ) -> Result<(), Finding> {
        self.network.projections.push(Projection {
            source: count(source)?,
            target: count(target)?,
            synapses,
        });
        self.errors.push(error);
        self.nodes.push(name.to_owned());
        Ok(())
    }
}

fn misfit(what: impl Into<String>) -> Finding {
    Finding::error("s2-hw", "the ops of level hw fit each other", what)
}

fn count(value: i64) -> Result<usize, Finding> {
    usize::try_from(value).map_err(|_| misfit(format!("a count is {value}")))
}

fn numbers<const N: usize>(values: &[i64]) -> Result<[usize; N], Finding> {
    let each: Result<Vec<usize>, Finding> = values.iter().map(|v| count(*v)).collect();
    each?
        .try_into()
        .map_err(|_| misfit(format!("{values:?} should be {N} numbers")))
}

fn chip_of(values: &[i64]) -> Result<Chip, Finding> {
    match values {
        [x, y] => match (u16::try_from(*x), u16::try_from(*y)) {
            (Ok(x), Ok(y)) => Ok(Chip::new(x, y)),
            _ => Err(misfit(format!("there is no chip {values:?}"))),
        },
        _ => Err(misfit("a chip has a column and a row")),
    }
}

fn whole(tensor: DenseTensor<'_>, tensors: &TensorStore) -> Result<Vec<i64>, Finding> {
    let tensor = tensors.resolve(tensor)?;
    Ok(match &tensor {
        Tensor::I8(values) => values.iter().map(|v| i64::from(*v)).collect(),
        Tensor::I16(values) => values.iter().map(|v| i64::from(*v)).collect(),
        Tensor::I32(values) => values.iter().map(|v| i64::from(*v)).collect(),
        Tensor::I64(values) => values.iter().copied().collect(),
        Tensor::F32(_) | Tensor::F64(_) => return Err(misfit("a table holds reals")),
    })
}

/// The parameters of a population: a value for all of its neurons, or one for each.
fn parameters_of(
    application: Application,
    tensor: Option<DenseTensor<'_>>,
    neurons: usize,
    tensors: &TensorStore,
) -> Result<Vec<Vec<f32>>, Finding> {
    let wanted = application.row().parameters.len();
    let Some(tensor) = tensor else {
        return match wanted {
            0 => Ok(Vec::new()),
            _ => Err(misfit(format!("`{application}` has {wanted} parameters"))),
        };
    };
    let table: ArrayD<f32> = match tensors.resolve(tensor)? {
        Tensor::F32(values) => values.into_owned(),
        other => {
            return Err(misfit(format!(
                "parameters are of type {}",
                other.element_type()
            )));
        }
    };
    match table.into_dimensionality::<Ix2>() {
        Ok(table)
            if table.nrows() == wanted && (table.ncols() == neurons || table.ncols() == 1) =>
        {
            let each = table.rows().into_iter().map(|row| {
                let row = row.to_vec();
                match row.iter().all(|x| x.to_bits() == row[0].to_bits()) {
                    true => row.into_iter().take(1).collect(),
                    false => row,
                }
            });
            Ok(each.collect())
        }
        _ => Err(misfit(format!(
            "parameters are a table of {wanted} for {neurons} neurons"
        ))),
    }
}

fn rows(
    [first, neuron, weight]: [DenseTensor<'_>; 3],
    delay: i64,
    tensors: &TensorStore,
) -> Result<Rows, Finding> {
    let [first, neuron, weight] = [
        whole(first, tensors)?,
        whole(neuron, tensors)?,
        whole(weight, tensors)?,
    ];
    let ends_fit = first.is_sorted()
        && first.first() == Some(&0)
        && first.last() == Some(&(neuron.len() as i64));
    let delay = u8::try_from(delay)
        .ok()
        .filter(|_| ends_fit && neuron.len() == weight.len());
    let Some(delay) = delay else {
        return Err(misfit("the rows of a projection do not fit each other"));
    };
    let synapse = |(target, weight): (&i64, &i64)| {
        Some(Synapse {
            target: u32::try_from(*target).ok()?,
            weight: i16::try_from(*weight).ok()?,
            delay,
        })
    };
    let synapses: Option<Vec<Synapse>> = neuron.iter().zip(&weight).map(synapse).collect();
    let synapses = synapses.ok_or_else(|| misfit("a synapse has a number that is too large"))?;
    let row = |pair: &[i64]| synapses[pair[0] as usize..pair[1] as usize].to_vec();
    Ok(Rows::new(first.windows(2).map(row)))
}

fn kernel(weight: DenseTensor<'_>, tensors: &TensorStore) -> Result<Array4<i8>, Finding> {
    match tensors.resolve(weight)? {
        Tensor::I8(values) => values.into_owned().into_dimensionality::<Ix4>(),
        other => {
            return Err(misfit(format!(
                "a kernel is of type {}",
                other.element_type()
            )));
        }
    }
    .map_err(|error| misfit(error.to_string()))
}

fn table(
    keys: DenseTensor<'_>,
    routes: DenseTensor<'_>,
    tensors: &TensorStore,
) -> Result<Table, Finding> {
    let (keys, routes) = (whole(keys, tensors)?, whole(routes, tensors)?);
    if keys.len() / 2 != routes.len() / 3 {
        return Err(misfit("every entry has a key, a mask and a route"));
    }
    let entry = |(keys, words): (&[i64], &[i64])| {
        let number = |x: i64| u32::try_from(x).map_err(|_| misfit(format!("a key is {x}")));
        let words = [words[0] as u64, words[1] as u64, words[2] as u64];
        let route = Route::from_words(words).ok_or_else(|| misfit("there is no such core"))?;
        Ok(Entry {
            keys: KeyMask::new(number(keys[0])?, number(keys[1])?),
            route,
        })
    };
    let entries = keys.chunks_exact(2).zip(routes.chunks_exact(3)).map(entry);
    Ok(Table {
        entries: entries.collect::<Result<_, Finding>>()?,
    })
}
