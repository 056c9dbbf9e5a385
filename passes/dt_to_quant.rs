//! `dt-to-quant`: integer weights, thresholds and decays, within the widths of a target.

use nirc_dialects::{
    dt,
    finding::{Finding, Findings, Severity},
    ir::{self, DialectOp, set_module_attribute},
    quant,
};

use crate::{
    Approximation, Approximations, Calibration, Lowering, Options, Pass, QuantizeOptions,
    Quantizer, SampleReader, Target,
};

/// The pass.
pub struct DtToQuant {
    /// Whose widths the integers must fit.
    pub target: &'static dyn Target,
    /// How they are made.
    pub options: QuantizeOptions,
}

impl DtToQuant {
    /// The pass for `target` with options as text; `reader` reads the calibration that they name.
    ///
    /// # Errors
    ///
    /// All options that are wrong or unknown.
    pub fn from_options(
        target: &'static dyn Target,
        reader: &'static dyn SampleReader,
        mut options: Options,
    ) -> Result<Self, Findings> {
        let mut settings = QuantizeOptions::default();
        let words = |quantizers: &[Quantizer]| {
            let words: Vec<_> = quantizers.iter().map(|q| q.word()).collect();
            words.join(" or ")
        };
        if let Some(quantizer) =
            options.take_with("quantizer", &words(Quantizer::ALL), Quantizer::from_word)
        {
            settings.quantizer = quantizer;
        }
        let all: Vec<_> = Approximation::ALL.iter().map(|a| a.word()).collect();
        let expected = format!("one or more of {}, joined by commas", all.join(", "));
        if let Some(approximate) =
            options.take_with("approximate", &expected, Approximations::from_words)
        {
            settings.approximate = approximate;
        }
        let source: Option<String> = options.take("calibrate", "a source of samples");
        settings.calibration = source.map(|source| Calibration { source, reader });
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
        let (quantizer, known) = (self.options.quantizer, self.target.quantizers());
        if !known.contains(&quantizer) {
            let known: Vec<_> = known.iter().map(|q| q.word()).collect();
            return Err(Finding::error(
                "quantizer",
                "integers are made by a quantiser that the target has",
                format!("{} has no quantiser `{quantizer}`", self.target.name()),
            )
            .fix(format!("its quantisers are {}", known.join(", "))));
        }
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
