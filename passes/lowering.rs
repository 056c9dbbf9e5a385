//! What a pass is.

use melior::{Context, ir::OperationRef};
use nirc_dialects::{
    finding::{Finding, Findings},
    ir::{self, DialectOp},
    tensor::TensorStore,
};

/// A pass over a module.
pub trait Pass {
    /// The name in a pipeline, e.g. `nir-to-ct`.
    fn name(&self) -> &'static str;

    /// What it does, in a sentence.
    fn description(&self) -> &'static str;

    /// Rewrites the module. Findings go into `lowering.findings`; the pass has failed if one of them
    /// is an error.
    ///
    /// # Errors
    ///
    /// The finding after which nothing more can be found out.
    fn run(&self, lowering: &mut Lowering<'_, '_, '_>) -> Result<(), Finding>;
}

/// A module on its way from one level to the next.
pub struct Lowering<'c, 'a, 's> {
    /// The MLIR context.
    pub context: &'c Context,
    /// The module.
    pub module: OperationRef<'c, 'a>,
    /// The tensors that the module names.
    pub tensors: &'s mut TensorStore,
    /// What this and the earlier passes found.
    pub findings: &'s mut Findings,
}

/// The typed views of all ops in `module`; a finding for each that is not of the dialect.
pub fn read_all<'c, 'a, Op: DialectOp<'c>>(
    module: OperationRef<'c, 'a>,
    findings: &mut Findings,
) -> Vec<(OperationRef<'c, 'a>, Op)> {
    ir::operations(module)
        .into_iter()
        .filter_map(|operation| match Op::read(operation) {
            Ok(op) => Some((operation, op)),
            Err(finding) => {
                findings.push(finding);
                None
            }
        })
        .collect()
}
