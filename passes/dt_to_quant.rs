//! `dt-to-quant`: integer weights, thresholds and decays, within the widths of a target.

use nirc_dialects::{
    dt,
    finding::{Finding, Findings, Severity},
    ir::{self, DialectOp, set_module_attribute},
    quant,
};

use crate::{Lowering, Options, Pass, QuantizeOptions, Quantizer, Target};

/// The pass.
pub struct DtToQuant {
    /// Whose widths the integers must fit.
    pub target: &'static dyn Target,
    /// How they are made.
    pub options: QuantizeOptions,
}

impl DtToQuant {
    /// The pass for `target` with options as text.
    ///
    /// # Errors
    ///
    /// All options that are wrong or unknown.
    pub fn from_options(
        target: &'static dyn Target,
        mut options: Options,
    ) -> Result<Self, Findings> {
        let mut settings = QuantizeOptions::default();
        let words: Vec<_> = Quantizer::ALL.iter().map(|q| q.word()).collect();
        if let Some(quantizer) =
            options.take_with("quantizer", &words.join(" or "), Quantizer::from_word)
        {
            settings.quantizer = quantizer;
        }
        let approximations = options.take_with(
            "approximate",
            "reset, synapse or both joined by a comma",
            |text| {
                let words: Vec<&str> = text.split(',').collect();
                words
                    .iter()
                    .all(|word| matches!(*word, "reset" | "synapse"))
                    .then(|| (words.contains(&"reset"), words.contains(&"synapse")))
            },
        );
        if let Some((reset, synapse)) = approximations {
            settings.approximate_reset = reset;
            settings.approximate_synapse = synapse;
        }
        options.finish()?;
        Ok(Self {
            target,
            options: settings,
        })
    }
}

impl Pass for DtToQuant {
    fn name(&self) -> &'static str {
        "dt-to-quant"
    }

    fn description(&self) -> &'static str {
        "integer weights, thresholds and decays within the widths of a target"
    }

    fn run(&self, lowering: &mut Lowering<'_, '_, '_>) -> Result<(), Finding> {
        let (context, module) = (lowering.context, lowering.module);
        let step: Option<f64> = ir::module_attribute(module, dt::STEP);
        if step.is_none() && ir::level(module).as_deref() == Some(dt::Op::DIALECT) {
            return Err(Finding::error(
                "dt-step",
                "a module of level dt says what a step stands for",
                format!(
                    "the module has no attribute `{}` that is a number",
                    dt::STEP
                ),
            )
            .fix("run ct-to-dt, or write `module attributes {dt.step = 1.0e-4 : f64}`"));
        }
        let errors = lowering.findings.count(Severity::Error);
        self.target.quantize(lowering, &self.options)?;
        // A module that stayed what it was keeps its attributes.
        if lowering.findings.count(Severity::Error) > errors {
            return Ok(());
        }
        set_module_attribute(module, context, quant::STEP, &step);
        set_module_attribute(module, context, dt::STEP, &None::<f64>);
        set_module_attribute(
            module,
            context,
            quant::TARGET,
            &self.target.name().to_owned(),
        );
        Ok(())
    }
}
