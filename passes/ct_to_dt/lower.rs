//! Building the ops of level `dt`.

use melior::ir::{Location, OperationRef, Type, Value, ValueLike, operation::OperationLike};
use nirc_dialects::{
    ct::{self, Signal, SpikeForm},
    dt::{self, Integration},
    finding::Finding,
    ir::{Builder, DenseTensor, ValueId, body, node_name},
    tensor::Tensor,
};

use super::{CtToDt, feedback::Registers, neuron};
use crate::{Lowering, Parameter};

/// The longest delay; a longer one is a mistake of units.
const MAX_STEPS: f64 = 1e6;

/// A delay that is this near to a whole number of steps is one.
const WHOLE: f64 = 1e-6;

/// Appends the lowered ops to the module, beside the old ops.
pub(super) fn lower<'c>(
    ops: &[(OperationRef<'c, '_>, ct::Op<'c>)],
    registers: &Registers,
    options: &CtToDt,
    step: f64,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<(), Finding> {
    let block = body(lowering.module)
        .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
    let mut builder: Builder<'c, '_, ValueId> = Builder::new(lowering.context, block);
    for (index, (operation, op)) in ops.iter().enumerate() {
        let location = operation.location();
        let mut operands = Vec::new();
        for (position, operand) in operation.operands().enumerate() {
            let Some(signal) = Signal::of(operand.r#type()) else {
                return Err(untyped(*operation));
            };
            let r#type = discrete(&signal, &builder)?;
            let mut value = builder.lookup(&ValueId::from(operand), r#type)?;
            if let Some(steps) = registers.get(&(index, position)) {
                let steps = Parameter::uniform(*steps as f64);
                let steps = steps_attribute(&steps, signal.shape(), "", lowering);
                value = builder.value(&dt::Op::Register { steps }, &[value], r#type, location)?;
            }
            operands.push(impulses(
                *operation,
                op,
                &signal,
                value,
                step,
                options,
                lowering,
                &mut builder,
                location,
            )?);
        }
        let Ok(result) = operation.result(0) else {
            builder.emit(&dt::Op::Output {}, &operands, &[], location)?;
            continue;
        };
        let signal = Signal::of(result.r#type()).ok_or_else(|| untyped(*operation))?;
        let r#type = discrete(&signal, &builder)?;
        if let ct::Op::Delay { delay } = op
            && Parameter::read(lowering.tensors, *delay)?
                .values()
                .iter()
                .all(|d| (d / step).round() == 0.0)
        {
            // Nothing holds the value back.
            builder.define(ValueId::from(Value::from(result)), operands[0]);
            continue;
        }
        let lowered = lower_op(*operation, op, &signal, options, step, lowering)?;
        let value = builder.value(&lowered, &operands, r#type, location)?;
        builder.define(ValueId::from(Value::from(result)), value);
    }
    Ok(())
}

fn untyped(operation: OperationRef<'_, '_>) -> Finding {
    Finding::error("ct-type", "a value is spikes or a current", "it is neither")
        .at(node_name(operation))
}

fn discrete<'c>(signal: &Signal, builder: &Builder<'c, '_, ValueId>) -> Result<Type<'c>, Finding> {
    let signal = dt::Signal {
        spikes: matches!(signal, Signal::Spikes { .. }),
        shape: signal.shape().to_vec(),
    };
    signal.to_type(builder.context())
}

/// An impulse of integral `area` acts in a step of forward Euler as a current of area / step.
#[expect(
    clippy::too_many_arguments,
    reason = "one call site; the state of one lowering"
)]
fn impulses<'c, 'a>(
    operation: OperationRef<'c, '_>,
    op: &ct::Op<'c>,
    signal: &Signal,
    value: Value<'c, 'a>,
    step: f64,
    options: &CtToDt,
    lowering: &mut Lowering<'c, '_, '_>,
    builder: &mut Builder<'c, 'a, ValueId>,
    location: Location<'c>,
) -> Result<Value<'c, 'a>, Finding> {
    let Signal::Spikes { shape, form, area } = signal else {
        return Ok(value);
    };
    let passes_spikes_on = matches!(
        op,
        ct::Op::Output {} | ct::Op::Reshape {} | ct::Op::Delay { .. }
    );
    if passes_spikes_on || (*form == SpikeForm::Pulse && (area / step - 1.0).abs() < WHOLE) {
        return Ok(value);
    }
    if options.integration == Integration::Exact {
        lowering.findings.push(
            Finding::error(
                "ct-impulse-exact",
                "exact integration is for inputs that are held for a step",
                format!("spikes of form `{form}` and area {area:e} s are not"),
            )
            .at(node_name(operation))
            .why("an impulse and a pulse of the same area differ within the step")
            .fix("use --spike pulse, or --integration euler"),
        );
        return Ok(value);
    }
    let scale =
        Parameter::uniform(area / step).attribute(lowering.context, lowering.tensors, "", shape);
    let current = discrete(
        &Signal::Current {
            shape: shape.clone(),
        },
        builder,
    )?;
    builder.value(&dt::Op::Scale { scale }, &[value], current, location)
}

fn lower_op<'c>(
    operation: OperationRef<'c, '_>,
    op: &ct::Op<'c>,
    signal: &Signal,
    options: &CtToDt,
    step: f64,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<dt::Op<'c>, Finding> {
    let name = node_name(operation);
    Ok(match op.clone() {
        ct::Op::Input {} => dt::Op::Input {},
        ct::Op::Output {} => dt::Op::Output {},
        ct::Op::Linear { weight } => dt::Op::Linear { weight },
        ct::Op::Convolution {
            weight,
            stride,
            padding,
            dilation,
            groups,
        } => dt::Op::Convolution {
            weight,
            stride,
            padding,
            dilation,
            groups,
        },
        ct::Op::Pool {
            kind,
            kernel_size,
            stride,
            padding,
        } => dt::Op::Pool {
            kind,
            kernel_size,
            stride,
            padding,
        },
        ct::Op::Scale { scale } => dt::Op::Scale { scale },
        ct::Op::Bias { bias } => dt::Op::Bias { bias },
        ct::Op::Reshape {} => dt::Op::Reshape {},
        ct::Op::Sum {} => dt::Op::Sum {},
        ct::Op::Delay { delay } => {
            let steps = Parameter::read(lowering.tensors, delay)?.map(|d| d / step);
            let whole = steps.map(f64::round);
            let error = steps
                .values()
                .iter()
                .map(|s| (s - s.round()).abs())
                .fold(0.0, f64::max);
            if error > WHOLE {
                lowering.findings.push(
                    Finding::warning(
                        "ct-delay-rounded",
                        "a delay is a whole number of steps",
                        format!("a delay is rounded by {error:.3} of a step of {step:e} s"),
                    )
                    .at(&name)
                    .fix("use a step that divides the delays"),
                );
            }
            let furthest = |a: f64, b: f64| if b.abs() > a.abs() { b } else { a };
            let longest = whole.values().iter().copied().fold(0.0, furthest);
            if whole
                .values()
                .iter()
                .any(|s| !(0.0..=MAX_STEPS).contains(s))
            {
                lowering.findings.push(
                    Finding::error(
                        "ct-delay-range",
                        "a delay is between 0 and a million steps",
                        format!("a delay is {longest:e} steps of {step:e} s"),
                    )
                    .at(&name)
                    .fix("check --dt and --tau-unit"),
                );
            }
            dt::Op::Register {
                steps: steps_attribute(&whole, signal.shape(), &name, lowering),
            }
        }
        ct::Op::Neuron {
            tau_syn,
            w_in,
            tau_mem,
            r,
            v_leak,
            v_threshold,
            v_reset,
            reset,
        } => {
            let neuron = neuron::Neuron {
                name: &name,
                shape: signal.shape(),
                tau_syn,
                w_in,
                tau_mem,
                r,
                v_leak,
                v_threshold,
                v_reset,
                reset,
            };
            neuron.lower(options, step, lowering)?
        }
    })
}

/// Steps as 64-bit integers.
fn steps_attribute<'c>(
    steps: &Parameter,
    shape: &[usize],
    name: &str,
    lowering: &mut Lowering<'c, '_, '_>,
) -> DenseTensor<'c> {
    if let Some(uniform) = steps.shared()
        && let Some(splat) =
            DenseTensor::inline(lowering.context, &vec![uniform as i64].into(), shape)
    {
        return splat;
    }
    let integers: Vec<i64> = steps.values().iter().map(|s| *s as i64).collect();
    let tensor = match ndarray::ArrayD::from_shape_vec(ndarray::IxDyn(shape), integers.clone()) {
        Ok(array) => Tensor::from(array),
        Err(_) => Tensor::from(integers),
    };
    lowering
        .tensors
        .attribute(lowering.context, &format!("dt.{name}.steps"), tensor)
}
