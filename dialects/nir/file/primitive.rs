//! The primitives of NIR 1.0.8 from their datasets.

use super::{
    fields::{Fields, Reported},
    graph::{Convolution, Padding, Pool, Primitive},
    tree::{Array, Item},
};
use crate::{finding::Finding, tensor::Tensor};

/// The NIR version from which a spiking neuron has a reset potential.
const V_RESET_SINCE: &str = "1.0.6";

/// Why there is no primitive; a finding says so already.
pub(super) enum NodeError {
    /// The type is none of NIR's.
    UnknownType,
    /// A parameter is missing or wrong.
    Reported,
}

impl From<Reported> for NodeError {
    fn from(_: Reported) -> Self {
        Self::Reported
    }
}

/// The primitive that `fields.kind` names. All parameters are asked for before any is used, so
/// that every missing one is reported.
pub(super) fn read(fields: &mut Fields<'_>) -> Result<Primitive, NodeError> {
    Ok(match fields.kind {
        "Input" => Primitive::Input {
            shape: fields.shape("shape")?,
        },
        "Output" => Primitive::Output {
            shape: fields.shape("shape")?,
        },
        "Affine" => {
            let (weight, bias) = (fields.tensor("weight"), fields.tensor("bias"));
            Primitive::Affine {
                weight: weight?,
                bias: bias?,
            }
        }
        "Linear" => Primitive::Linear {
            weight: fields.tensor("weight")?,
        },
        "Scale" => Primitive::Scale {
            scale: fields.tensor("scale")?,
        },
        "Conv1d" => Primitive::Conv1d(convolution(fields)?),
        "Conv2d" => Primitive::Conv2d(convolution(fields)?),
        "SumPool2d" => Primitive::SumPool2d(pool(fields)?),
        "AvgPool2d" => Primitive::AvgPool2d(pool(fields)?),
        "Flatten" => flatten(fields)?,
        "Delay" => Primitive::Delay {
            delay: fields.tensor("delay")?,
        },
        "Threshold" => Primitive::Threshold {
            threshold: fields.tensor("threshold")?,
        },
        "I" => Primitive::I {
            r: fields.tensor("r")?,
        },
        "LI" => {
            let (tau, r, v_leak) = (
                fields.tensor("tau"),
                fields.tensor("r"),
                fields.tensor("v_leak"),
            );
            Primitive::Li {
                tau: tau?,
                r: r?,
                v_leak: v_leak?,
            }
        }
        "IF" => {
            let (r, v_threshold) = (fields.tensor("r"), fields.tensor("v_threshold"));
            Primitive::If {
                v_reset: v_reset(fields)?,
                r: r?,
                v_threshold: v_threshold?,
            }
        }
        "LIF" => {
            let (tau, r) = (fields.tensor("tau"), fields.tensor("r"));
            let (v_leak, v_threshold) = (fields.tensor("v_leak"), fields.tensor("v_threshold"));
            Primitive::Lif {
                v_reset: v_reset(fields)?,
                tau: tau?,
                r: r?,
                v_leak: v_leak?,
                v_threshold: v_threshold?,
            }
        }
        "CubaLI" => {
            let (tau_syn, tau_mem) = (fields.tensor("tau_syn"), fields.tensor("tau_mem"));
            let (r, v_leak) = (fields.tensor("r"), fields.tensor("v_leak"));
            Primitive::CubaLi {
                w_in: w_in(fields)?,
                tau_syn: tau_syn?,
                tau_mem: tau_mem?,
                r: r?,
                v_leak: v_leak?,
            }
        }
        "CubaLIF" => {
            let (tau_syn, tau_mem) = (fields.tensor("tau_syn"), fields.tensor("tau_mem"));
            let (r, v_leak) = (fields.tensor("r"), fields.tensor("v_leak"));
            let (v_threshold, w_in) = (fields.tensor("v_threshold"), w_in(fields));
            Primitive::CubaLif {
                v_reset: v_reset(fields)?,
                w_in: w_in?,
                tau_syn: tau_syn?,
                tau_mem: tau_mem?,
                r: r?,
                v_leak: v_leak?,
                v_threshold: v_threshold?,
            }
        }
        unknown => {
            let finding = Finding::error(
                "nir-unknown-type",
                "the type of a node is one of NIR 1.0.8's",
                format!("there is no type `{unknown}`"),
            );
            fields.report(finding);
            return Err(NodeError::UnknownType);
        }
    })
}

fn convolution<const N: usize>(fields: &mut Fields<'_>) -> Result<Convolution<N>, Reported> {
    let (weight, bias) = (fields.tensor("weight"), fields.tensor("bias"));
    let (stride, dilation) = (fields.sizes("stride", 1), fields.sizes("dilation", 1));
    let (padding, groups) = (padding(fields), fields.sizes::<1>("groups", 1));
    Ok(Convolution {
        input_shape: fields.optional_sizes("input_shape", 1)?,
        weight: weight?,
        bias: bias?,
        stride: stride?,
        padding: padding?,
        dilation: dilation?,
        groups: groups?[0],
    })
}

fn padding<const N: usize>(fields: &mut Fields<'_>) -> Result<Padding<N>, Reported> {
    let is_text = matches!(
        fields.members.get("padding"),
        Some(Item::Array(Array::Text(_)))
    );
    if is_text && let Some(Array::Text(text)) = fields.array("padding")? {
        let padding = match text.first().map(String::as_str) {
            Some("same") => Padding::Same,
            Some("valid") => Padding::Valid,
            other => {
                let found = other.unwrap_or_default();
                let what = format!("`padding` is `{found}`, but must be `same`, `valid` or sizes");
                let rule = "a parameter lies in its range";
                fields.report(Finding::error("nir-parameter-range", rule, what));
                return Err(Reported);
            }
        };
        return Ok(padding);
    }
    Ok(Padding::Explicit(fields.sizes("padding", 0)?))
}

fn pool(fields: &mut Fields<'_>) -> Result<Pool, Reported> {
    let (kernel_size, stride) = (fields.sizes("kernel_size", 1), fields.sizes("stride", 1));
    Ok(Pool {
        padding: fields.sizes("padding", 0)?,
        kernel_size: kernel_size?,
        stride: stride?,
    })
}

fn flatten(fields: &mut Fields<'_>) -> Result<Primitive, Reported> {
    let mut dimension = |name: &str, default: i64| {
        let value = fields.optional_integer(name)?;
        Ok(value.unwrap_or_else(|| {
            let finding = fields.mode.repair(
                "nir-default-parameter",
                "a node has all parameters of its type",
                format!("Flatten has no `{name}`; NIR's default {default} is taken"),
            );
            fields.report(finding);
            default
        }))
    };
    let (start_dim, end_dim) = (dimension("start_dim", 1), dimension("end_dim", -1));
    Ok(Primitive::Flatten {
        input_type: fields.optional_shape("input_type")?,
        start_dim: start_dim?,
        end_dim: end_dim?,
    })
}

fn v_reset(fields: &mut Fields<'_>) -> Result<Option<Tensor>, Reported> {
    let v_reset = fields.optional_tensor("v_reset")?;
    if v_reset.is_none() {
        let finding = Finding::warning(
            "nir-missing-v-reset",
            "a spiking neuron states its reset potential",
            format!("{} has no `v_reset`", fields.kind),
        )
        .why(format!(
            "before NIR {V_RESET_SINCE} a spike subtracted the threshold; since then v becomes \
             v_reset, and a missing one is read as 0"
        ))
        .fix("say which reset is meant, or export with a current version of nir");
        fields.report(finding);
    }
    Ok(v_reset)
}

fn w_in(fields: &mut Fields<'_>) -> Result<Option<Tensor>, Reported> {
    let w_in = fields.optional_tensor("w_in")?;
    if w_in.is_none() {
        let finding = Finding::warning(
            "nir-missing-w-in",
            "a current-based neuron states its input gain",
            format!("{} has no `w_in`, which means 1", fields.kind),
        )
        .why("nir before 1.0 did not write it, so another value may have been lost");
        fields.report(finding);
    }
    Ok(w_in)
}
