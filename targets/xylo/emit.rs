//! The files for a chip, from a module of level `hw` and nothing else.

use melior::ir::OperationRef;
use ndarray::s;
use nirc_dialects::{
    finding::{Finding, Findings},
    hw::{self, Op, Role},
    ir::{self, DenseTensor, DialectOp, node_name},
    tensor::{Tensor, TensorStore},
};

use crate::File;

use super::{
    chip::{self, Chip},
    json::Json,
    loader::LOADER,
    registers, samna,
    specification::{NodeRange, Role as Kind, Specification},
};

/// More ids than these are no chip's; the tables for them are not made.
const MOST_IDS: usize = 4096;

/// How the name of the samna configuration begins.
pub(super) const CONFIGURATION: &str = "config";
/// The name of the neutral specification, which knows the nodes.
pub(super) const SPECIFICATION: &str = "specification.json";

/// The integer specification that a module of level `hw`, placed on `chip`, holds.
///
/// # Errors
///
/// All ops that cannot be read, and tables that do not fit the ids.
pub fn specification(
    chip: &Chip,
    module: OperationRef<'_, '_>,
    tensors: &TensorStore,
) -> Result<Specification, Findings> {
    let mut findings = Findings::new();
    let mut ops = Vec::new();
    for operation in ir::operations(module) {
        match Op::read(operation) {
            Ok(op) => ops.push((operation, op)),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    let (inputs, hidden, readouts) = sizes(&ops);
    if let Some(most) = [inputs, hidden, readouts].into_iter().max()
        && most > MOST_IDS
    {
        return Err(Finding::error(
            "xylo-ids",
            "ids are those of a chip",
            format!("there are {most} ids of a kind, more than the {MOST_IDS} that are looked at; the largest chip has 1000"),
        )
        .into());
    }
    let mut specification = Specification::silent(inputs, hidden, readouts, 1);
    specification.chip = Some(chip.name.to_owned());
    specification.dt = ir::module_attribute(module, hw::STEP);
    let mut shifts = [None; 3];
    for (operation, op) in &ops {
        if let Err(finding) = fill(&mut specification, &mut shifts, *operation, op, tensors) {
            findings.push(finding.at(node_name(*operation)));
        }
    }
    let [input, recurrent, readout] = shifts.map(Option::unwrap_or_default);
    specification.weight_shift_in = input;
    specification.weight_shift_rec = recurrent;
    specification.weight_shift_out = readout;
    if findings.has_errors() {
        return Err(findings);
    }
    crop_expansions(&mut specification, chip);
    Ok(specification)
}

/// The numbers of channels, hidden and readout neurons that the ids ask for.
fn sizes(ops: &[(OperationRef<'_, '_>, Op<'_>)]) -> (usize, usize, usize) {
    let (mut inputs, mut hidden, mut readouts) = (0, 0, 0);
    for (_, op) in ops {
        let (total, first, count) = match op {
            Op::Channels { first, count } => (&mut inputs, first, count),
            Op::Neurons {
                role: Role::Readout,
                first,
                count,
                ..
            } => (&mut readouts, first, count),
            Op::Neurons { first, count, .. } => (&mut hidden, first, count),
            _ => continue,
        };
        *total = (*total).max(first.saturating_add(*count).max(0) as usize);
    }
    (inputs, hidden, readouts)
}

/// The elements of a tensor of integers.
fn integers(tensor: &Tensor) -> Result<Vec<i32>, Finding> {
    let wide = match tensor {
        Tensor::I8(values) => return Ok(values.iter().map(|x| i32::from(*x)).collect()),
        Tensor::I16(values) => return Ok(values.iter().map(|x| i32::from(*x)).collect()),
        Tensor::I32(values) => return Ok(values.iter().copied().collect()),
        Tensor::I64(values) => values,
        Tensor::F32(_) | Tensor::F64(_) => {
            return Err(misfit(format!(
                "its elements are of type {}, not integers",
                tensor.element_type()
            )));
        }
    };
    wide.iter()
        .map(|x| i32::try_from(*x).map_err(|_| misfit(format!("an element is {x}"))))
        .collect()
}

fn misfit(what: String) -> Finding {
    Finding::error("xylo-table", "a table fits the ids that it is for", what)
}

/// Writes an op into the specification, and the shift of its table into that of the role.
fn fill(
    s: &mut Specification,
    shifts: &mut [Option<i32>; 3],
    operation: OperationRef<'_, '_>,
    op: &Op<'_>,
    tensors: &TensorStore,
) -> Result<(), Finding> {
    let range = |first: i64, count: i64, total: usize| -> Result<std::ops::Range<usize>, Finding> {
        let first =
            usize::try_from(first).map_err(|_| misfit(format!("the first id is {first}")))?;
        let count = usize::try_from(count).map_err(|_| misfit(format!("the count is {count}")))?;
        match first.checked_add(count) {
            Some(end) if end <= total => Ok(first..end),
            _ => Err(misfit(format!(
                "ids {first} to {first} + {count} of {total}"
            ))),
        }
    };
    let table = |tensor: DenseTensor<'_>, count: usize| -> Result<Vec<i32>, Finding> {
        let values = integers(&tensors.resolve(tensor)?)?;
        if values.len() == count {
            Ok(values)
        } else {
            Err(misfit(format!(
                "{} entries for {count} neurons",
                values.len()
            )))
        }
    };
    match op {
        Op::Chip { .. } => {}
        Op::Channels { first, count } => {
            let ids = range(*first, *count, s.input_channels())?;
            own(s, operation, Kind::Input, &ids)?;
        }
        Op::Neurons {
            role,
            first,
            count,
            dash_syn,
            dash_mem,
            threshold,
            bias,
            ..
        } => {
            let readout = *role == Role::Readout;
            let total = if readout {
                s.readout_neurons()
            } else {
                s.hidden_neurons()
            };
            let ids = range(*first, *count, total)?;
            let (kind, targets) = if readout {
                (
                    Kind::Readout,
                    [
                        &mut s.dash_syn_out,
                        &mut s.dash_mem_out,
                        &mut s.threshold_out,
                        &mut s.bias_out,
                    ],
                )
            } else {
                (
                    Kind::Hidden,
                    [
                        &mut s.dash_syn,
                        &mut s.dash_mem,
                        &mut s.threshold,
                        &mut s.bias,
                    ],
                )
            };
            let sources = [Some(*dash_syn), Some(*dash_mem), Some(*threshold), *bias];
            for (target, source) in targets.into_iter().zip(sources) {
                if let Some(source) = source {
                    target[ids.clone()].copy_from_slice(&table(source, ids.len())?);
                }
            }
            own(s, operation, kind, &ids)?;
        }
        Op::Synapses {
            role,
            source,
            target,
            weight,
            shift,
            ..
        } => {
            let tensor = tensors.resolve(*weight)?;
            let [targets, sources] = *tensor.shape() else {
                return Err(misfit(format!(
                    "a weight table of shape {:?}",
                    tensor.shape()
                )));
            };
            let values = integers(&tensor)?;
            let (source_total, target_total, slot) = match role {
                Role::Input => (s.input_channels(), s.hidden_neurons(), 0),
                Role::Recurrent | Role::Hidden => (s.hidden_neurons(), s.hidden_neurons(), 1),
                Role::Readout => (s.hidden_neurons(), s.readout_neurons(), 2),
            };
            let shift = i32::try_from(*shift).map_err(|_| misfit(format!("a shift of {shift}")))?;
            let known = *shifts[slot].get_or_insert(shift);
            if known != shift {
                return Err(misfit(format!(
                    "a shift of {shift} beside one of {known}; a table has one"
                )));
            }
            let source_ids = range(*source, sources as i64, source_total)?;
            let target_ids = range(*target, targets as i64, target_total)?;
            // The chip's tables are [source, target].
            let mut area = match role {
                Role::Input => s.weights_in.slice_mut(s![source_ids, target_ids, 0]),
                Role::Readout => s.weights_out.slice_mut(s![source_ids, target_ids]),
                Role::Recurrent | Role::Hidden => {
                    s.weights_rec.slice_mut(s![source_ids, target_ids, 0])
                }
            };
            for ((j, i), cell) in area.indexed_iter_mut() {
                *cell = cell.saturating_add(values[i * sources + j]);
            }
        }
        other => {
            return Err(misfit(format!(
                "`{}` is an op for another chip",
                other.name()
            )));
        }
    }
    Ok(())
}

/// Notes that `operation` has these ids, which no other node has.
fn own(
    s: &mut Specification,
    operation: OperationRef<'_, '_>,
    role: Kind,
    ids: &std::ops::Range<usize>,
) -> Result<(), Finding> {
    let shared = s.nodes.iter().find(|other| {
        other.role == role && other.first < ids.end && ids.start < other.first + other.count
    });
    if let Some(other) = shared {
        return Err(Finding::error(
            "xylo-table",
            "a table fits the ids that it is for",
            format!(
                "ids {} to {} are shared with `{}`",
                ids.start,
                ids.end.saturating_sub(1),
                other.node
            ),
        ));
    }
    s.nodes.push(NodeRange {
        node: node_name(operation),
        role,
        first: ids.start,
        count: ids.len(),
    });
    Ok(())
}

/// On chips where inputs reach only the first hidden neurons and readouts read only the last, the
/// tables have just the rows that are used.
fn crop_expansions(s: &mut Specification, chip: &Chip) {
    if chip.input_expansion.is_some() {
        let reached = s
            .weights_in
            .indexed_iter()
            .filter(|(_, w)| **w != 0)
            .map(|((_, target, _), _)| target + 1)
            .max()
            .unwrap_or(1)
            .min(s.hidden_neurons());
        s.weights_in = s.weights_in.slice(s![.., ..reached, ..]).to_owned();
    }
    if chip.readout_expansion.is_some() {
        let first = s
            .weights_out
            .indexed_iter()
            .filter(|(_, w)| **w != 0)
            .map(|((source, _), _)| source)
            .min()
            .unwrap_or(0);
        s.weights_out = s.weights_out.slice(s![first.., ..]).to_owned();
    }
}

/// The files of a compilation for `chip`.
///
/// # Errors
///
/// All that keeps the module from the chip, and what a template lacks.
pub fn emit(
    chip: &Chip,
    module: OperationRef<'_, '_>,
    tensors: &TensorStore,
    template: Option<&str>,
) -> Result<Vec<File>, Findings> {
    let specification = specification(chip, module, tensors)?;
    let settings = samna::Settings::default();
    let configuration = match template {
        None => samna::configuration(&specification, chip, &settings)?,
        Some(text) => samna::fill_template(&specification, chip, &settings, &Json::read(text)?)?,
    };
    let (name, purpose) = match (template, samna::is_verified(chip)) {
        (Some(_), _) => ("config.json", "samna configuration, in the template"),
        (None, true) => ("config.json", "samna configuration"),
        (None, false) => (
            "config.unverified.json",
            "samna configuration by our best schema, not verified",
        ),
    };
    let mut files = vec![
        File::text(
            SPECIFICATION,
            specification.to_json(),
            "integer specification",
        ),
        File::text(name, configuration.write(), purpose),
        File::text(
            "load_xylo.py",
            LOADER.to_owned(),
            "sets the specification on the user's samna and validates",
        ),
    ];
    if chip.arithmetic.value == chip::Arithmetic::V1 {
        let writes = registers::encode(&specification, &settings)?;
        files.push(File::text(
            "registers.json",
            registers::write(&writes),
            "register and memory writes",
        ));
    }
    Ok(files)
}
