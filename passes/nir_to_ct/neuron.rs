//! The seven kinds of neuron, and the threshold, as one.

use nirc_dialects::{
    ct::{self, Reset, SpikeForm},
    finding::{Finding, Findings},
    ir::DenseTensor,
    nir::Op,
};

use super::{
    InputSignal, IntegratorRate, NirToCt, ResetRule, TauUnit,
    flatten::{Flat, Node},
};
use crate::{Lowering, Parameter};

/// The neuron op for `node`.
pub(super) fn lower<'c>(
    node: &Node<'c>,
    options: &NirToCt,
    step: f64,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<ct::Op<'c>, Finding> {
    let (mut tau_syn, mut w_in, mut tau_mem, mut r, mut v_leak) = (None, None, None, None, None);
    let (mut v_threshold, mut file_reset) = (None, None);
    match node.op {
        Op::Threshold { threshold, .. } => v_threshold = Some(threshold),
        Op::I { r: resistance, .. } => r = Some(resistance),
        Op::Li {
            tau,
            r: resistance,
            v_leak: leak,
            ..
        } => {
            (tau_mem, r, v_leak) = (Some(tau), Some(resistance), Some(leak));
        }
        Op::If {
            r: resistance,
            v_threshold: threshold,
            v_reset,
            ..
        } => {
            (r, v_threshold, file_reset) = (Some(resistance), Some(threshold), v_reset);
        }
        Op::Lif {
            tau,
            r: resistance,
            v_leak: leak,
            v_threshold: threshold,
            v_reset,
            ..
        } => {
            (tau_mem, r, v_leak) = (Some(tau), Some(resistance), Some(leak));
            (v_threshold, file_reset) = (Some(threshold), v_reset);
        }
        Op::CubaLi {
            tau_syn: syn,
            tau_mem: mem,
            r: resistance,
            v_leak: leak,
            w_in: gain,
            ..
        } => {
            (tau_syn, tau_mem, r, v_leak, w_in) =
                (Some(syn), Some(mem), Some(resistance), Some(leak), gain);
        }
        Op::CubaLif {
            tau_syn: syn,
            tau_mem: mem,
            r: resistance,
            v_leak: leak,
            v_threshold: threshold,
            v_reset,
            w_in: gain,
            ..
        } => {
            (tau_syn, tau_mem, r, v_leak, w_in) =
                (Some(syn), Some(mem), Some(resistance), Some(leak), gain);
            (v_threshold, file_reset) = (Some(threshold), v_reset);
        }
        _ => {
            return Err(Finding::error(
                "nir-op",
                "every primitive has a lowering",
                "this primitive has none; this is a bug of nirc",
            )
            .at(&node.path));
        }
    }
    let one = |lowering: &mut Lowering<'c, '_, '_>, name: &str, value: f64| {
        let key = format!("ct.{}.{name}", node.path);
        Parameter::uniform(value).attribute(
            lowering.context,
            lowering.tensors,
            &key,
            &node.output_shape,
        )
    };
    if tau_syn.is_some() && w_in.is_none() {
        w_in = Some(one(lowering, "w_in", 1.0));
    }
    let file_name = if tau_syn.is_some() { "tau_mem" } else { "tau" };
    for (name, tau) in [("tau_syn", &mut tau_syn), (file_name, &mut tau_mem)] {
        if let Some(tensor) = *tau {
            *tau = Some(seconds(node, name, tensor, options, step, lowering)?);
        }
    }
    if let (Some(tensor), None) = (r, tau_mem) {
        r = Some(per_second(node, tensor, options, step, lowering)?);
    }
    let spiking_membrane = v_threshold.is_some() && r.is_some();
    let reset = if spiking_membrane {
        reset_rule(node, options.reset, file_reset, lowering)?
    } else {
        Reset::None
    };
    let v_reset = match (reset, options.reset, file_reset) {
        (Reset::Value, ResetRule::File | ResetRule::Value, Some(file)) => Some(file),
        (Reset::Value, ..) => Some(one(lowering, "v_reset", 0.0)),
        _ => None,
    };
    if let Some(threshold) = v_threshold.filter(|_| reset == Reset::Subtract) {
        let threshold =
            Parameter::read(lowering.tensors, threshold).map_err(|f| f.at(&node.path))?;
        if threshold.values().iter().any(|t| *t <= 0.0) {
            lowering.findings.push(
                Finding::error(
                    "nir-threshold",
                    "a threshold that is subtracted is positive",
                    "a v_threshold is zero or negative",
                )
                .at(&node.path)
                .why("subtracting it would never take the membrane potential below it")
                .fix("use --reset zero, or a positive threshold"),
            );
        }
    }
    Ok(ct::Op::Neuron {
        tau_syn,
        w_in,
        tau_mem,
        r,
        v_leak,
        v_threshold,
        v_reset,
        reset,
    })
}

/// The r of an integrator, v' = r x, is a rate: per second.
fn per_second<'c>(
    node: &Node<'c>,
    r: DenseTensor<'c>,
    options: &NirToCt,
    step: f64,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<DenseTensor<'c>, Finding> {
    let unit = match options.integrator_rate {
        IntegratorRate::Second => options.seconds_per_unit(step),
        IntegratorRate::Step => step,
    };
    if unit == 1.0 {
        return Ok(r);
    }
    let values = Parameter::read(lowering.tensors, r).map_err(|f| f.at(&node.path))?;
    let key = format!("ct.{}.r", node.path);
    Ok(values
        .map(|r| r / unit)
        .attribute(lowering.context, lowering.tensors, &key, &r.shape()))
}

/// A time constant in seconds, checked to be positive.
fn seconds<'c>(
    node: &Node<'c>,
    name: &str,
    tau: DenseTensor<'c>,
    options: &NirToCt,
    step: f64,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<DenseTensor<'c>, Finding> {
    let values = Parameter::read(lowering.tensors, tau).map_err(|f| f.at(&node.path))?;
    if let Some(bad) = values
        .values()
        .iter()
        .find(|t| !(**t > 0.0 && t.is_finite()))
    {
        lowering.findings.push(
            Finding::error(
                "nir-tau",
                "a time constant is positive",
                format!("{name} is {bad}"),
            )
            .at(&node.path),
        );
    }
    let unit = options.seconds_per_unit(step);
    if unit == 1.0 {
        return Ok(tau);
    }
    let key = format!("ct.{}.{name}", node.path);
    Ok(values
        .map(|t| t * unit)
        .attribute(lowering.context, lowering.tensors, &key, &tau.shape()))
}

/// Chooses the reset rule and reports the choice.
fn reset_rule(
    node: &Node<'_>,
    rule: ResetRule,
    file: Option<DenseTensor<'_>>,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Result<Reset, Finding> {
    const RULE: &str = "the reset rule is known";
    let v_reset = file
        .map(|tensor| Parameter::read(lowering.tensors, tensor).map_err(|f| f.at(&node.path)))
        .transpose()?;
    let text = match v_reset.as_ref().map(Parameter::shared) {
        None => "the file has no v_reset".to_owned(),
        Some(Some(value)) => format!("the file has v_reset = {value}"),
        Some(None) => "the file has a v_reset for each neuron".to_owned(),
    };
    let (reset, finding) = match (rule, &v_reset) {
        (ResetRule::File, None) => (
            Reset::Subtract,
            Some(
                Finding::warning("nir-reset", RULE, format!("reset by subtraction: {text}"))
                    .why("NIR's rule was subtraction until 1.0.5 and is v_reset since; files without it follow either")
                    .fix("settle it with --reset subtract or --reset zero"),
            ),
        ),
        (ResetRule::File, Some(_)) => (
            Reset::Value,
            Some(
                Finding::warning("nir-reset", RULE, format!("reset to v_reset: {text}"))
                    .why("exporters write v_reset = 0 also for models that were trained with reset by subtraction")
                    .fix("settle it with --reset value or --reset subtract"),
            ),
        ),
        (ResetRule::Subtract, Some(v)) if !v.is_zero() => (
            Reset::Subtract,
            Some(Finding::warning("nir-reset-ignored", RULE, format!("reset by subtraction as asked, though {text}"))),
        ),
        (ResetRule::Zero, Some(v)) if !v.is_zero() => (
            Reset::Value,
            Some(Finding::warning("nir-reset-ignored", RULE, format!("reset to zero as asked, though {text}"))),
        ),
        (ResetRule::Subtract, _) => (Reset::Subtract, None),
        (ResetRule::Zero | ResetRule::Value, _) => (Reset::Value, None),
    };
    if let Some(finding) = finding {
        lowering.findings.push(finding.at(&node.path));
    }
    Ok(reset)
}

/// Reports what the file leaves open for the model as a whole.
pub(super) fn report_openness(
    graph: &Flat<'_>,
    options: &NirToCt,
    step: f64,
    findings: &mut Findings,
) {
    let has_tau = graph.nodes.iter().any(|node| {
        matches!(
            node.op,
            Op::I { .. }
                | Op::If { .. }
                | Op::Li { .. }
                | Op::Lif { .. }
                | Op::CubaLi { .. }
                | Op::CubaLif { .. }
                | Op::Delay { .. }
        )
    });
    if has_tau {
        let (unit, other) = match options.tau_unit {
            TauUnit::Seconds => (
                "seconds",
                "NIR's documentation says milliseconds, most exporters write seconds",
            ),
            TauUnit::Milliseconds => (
                "milliseconds",
                "NIR's documentation says so, most exporters write seconds",
            ),
            TauUnit::Steps => ("time steps", "Sinabs does so, most exporters write seconds"),
        };
        findings.push(
            Finding::note(
                "nir-tau-unit",
                "the unit of time is known",
                format!("time constants and delays are read as {unit}"),
            )
            .why(other)
            .fix("settle it with --tau-unit s, ms or steps"),
        );
    }
    let form = match options.spike {
        SpikeForm::Pulse => format!("a spike is a pulse of amplitude 1 for one step ({step:e} s)"),
        SpikeForm::Impulse => "a spike is a Dirac impulse of integral 1".to_owned(),
    };
    findings.push(
        Finding::note("nir-spike", "the integral of a spike is known", form)
            .why("NIR's text has an impulse; the frameworks that write files have a pulse")
            .fix("settle it with --spike pulse or --spike impulse"),
    );
    let inputs: Vec<_> = graph
        .nodes
        .iter()
        .filter(|node| matches!(node.op, Op::Input { .. }))
        .map(|node| format!("`{}`", node.path))
        .collect();
    let signal = match options.input {
        InputSignal::Spikes => "spikes",
        InputSignal::Current => "a current",
    };
    findings.push(
        Finding::note(
            "nir-input-signal",
            "what enters is known",
            format!("{} takes {signal}", inputs.join(", ")),
        )
        .fix("settle it with --input-signal spikes or --input-signal current"),
    );
}
