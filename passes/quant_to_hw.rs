//! `quant-to-hw`: what stands where on the chip that the integers were made for.

use nirc_dialects::{
    finding::{Finding, Severity},
    hw,
    ir::{self, set_module_attribute},
    quant,
};

use crate::{Lowering, MapOptions, Pass, Target};

/// The pass.
pub struct QuantToHw {
    /// The chips and arithmetics that the module may be for.
    pub targets: Vec<&'static dyn Target>,
    /// What the target may be asked for.
    pub options: MapOptions,
}

impl Pass for QuantToHw {
    fn name(&self) -> &'static str {
        "quant-to-hw"
    }

    fn description(&self) -> &'static str {
        "places neurons and weight tables on the chip"
    }

    fn run(&self, lowering: &mut Lowering<'_, '_, '_>) -> Result<(), Finding> {
        let (context, module) = (lowering.context, lowering.module);
        let name: Option<String> = ir::module_attribute(module, quant::TARGET);
        let target = self
            .targets
            .iter()
            .find(|target| Some(target.name()) == name.as_deref())
            .ok_or_else(|| {
                let chips = self.targets.iter().filter(|t| t.has_chip());
                let names: Vec<_> = chips.map(|t| t.name()).collect();
                Finding::error(
                    "hw-target",
                    "the module says for which chip its integers are",
                    match &name {
                        Some(name) => {
                            format!("`{}` is `{name}`, which is no chip of ours", quant::TARGET)
                        }
                        None => format!("the module has no attribute `{}`", quant::TARGET),
                    },
                )
                .fix(format!(
                    "run dt-to-quant with target= one of {}",
                    names.join(", ")
                ))
            })?;
        let step: Option<f64> = ir::module_attribute(module, quant::STEP);
        let errors = lowering.findings.count(Severity::Error);
        target.map(lowering, &self.options)?;
        // A module that stayed what it was keeps its attributes.
        if lowering.findings.count(Severity::Error) > errors {
            return Ok(());
        }
        set_module_attribute(module, context, hw::STEP, &step);
        set_module_attribute(module, context, quant::STEP, &None::<f64>);
        set_module_attribute(module, context, quant::TARGET, &None::<String>);
        Ok(())
    }
}
