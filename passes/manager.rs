//! Running passes in MLIR's pass manager.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    rc::Rc,
};

use melior::{
    StringRef,
    ir::{OperationRef, operation::OperationLike, r#type::TypeId},
    pass::{self, ExternalPass, PassIrPrintingOptions, PassManager, create_external},
};
use nirc_dialects::{
    finding::{Finding, Findings},
    ir::{IrContext, PrintOptions, Program},
    tensor::TensorStore,
};

use crate::{Lowering, Pass};

/// One step of a pipeline.
#[derive(Clone)]
pub enum Step {
    /// A pass of nirc.
    Pass(Rc<dyn Pass>),
    /// A pass of MLIR with its options, as in a pipeline's text; `canonicalize` or `cse`.
    Upstream(String),
}

impl Step {
    /// The pass's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Pass(pass) => pass.name(),
            Self::Upstream(text) => text.split('{').next().unwrap_or(text),
        }
    }
}

/// When the IR is printed while passes run.
#[derive(Clone, Default)]
pub struct PrintIr {
    /// Before every pass.
    pub before_all: bool,
    /// After every pass.
    pub after_all: bool,
    /// Before the passes of these names.
    pub before: Vec<String>,
    /// After the passes of these names.
    pub after: Vec<String>,
    /// Print after a pass only if it changed the module.
    pub only_on_change: bool,
    /// Print after a pass only if it failed.
    pub only_on_failure: bool,
    /// A folder for one file a pass, in place of standard error.
    pub tree_directory: Option<PathBuf>,
}

/// Takes a heading and the IR's text.
pub type Sink = Rc<dyn Fn(&str, &str)>;

/// How passes are run.
#[derive(Clone)]
pub struct RunOptions {
    /// When the IR is printed.
    pub print_ir: PrintIr,
    /// How it is printed.
    pub print: PrintOptions,
    /// Whether MLIR reports how long each pass took.
    pub timing: bool,
    /// Whether MLIR verifies the module after each pass.
    pub verify_each: bool,
    /// Takes what is printed before or after a pass of a given name.
    pub sink: Sink,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            print_ir: PrintIr::default(),
            print: PrintOptions::default(),
            timing: false,
            verify_each: true,
            sink: Rc::new(|_, _| {}),
        }
    }
}

/// What the passes of a run share.
struct State {
    tensors: TensorStore,
    findings: Findings,
}

/// Runs `steps` on `program` and adds what they find to the program's findings.
///
/// # Errors
///
/// All findings, the program's own first, if a pass failed or MLIR refused what it made.
pub fn run<'c>(
    context: &'c IrContext,
    program: &mut Program<'c>,
    steps: &[Step],
    options: &RunOptions,
) -> Result<(), Findings> {
    let state = Rc::new(RefCell::new(State {
        tensors: std::mem::take(&mut program.tensors),
        findings: std::mem::take(&mut program.findings),
    }));
    let manager = PassManager::new(context.mlir());
    manager.enable_verifier(options.verify_each);
    let print = &options.print_ir;
    // A folder for the IR asks for all of it.
    let after_all = print.after_all || print.only_on_failure || print.tree_directory.is_some();
    if print.before_all || after_all {
        manager.enable_ir_printing(&PassIrPrintingOptions {
            before_all: print.before_all,
            after_all,
            module_scope: true,
            on_change: print.only_on_change,
            on_failure: print.only_on_failure,
            flags: options.print.flags(),
            tree_printing_path: print.tree_directory.clone().unwrap_or_default(),
        });
    }
    if options.timing {
        // SAFETY: the manager is alive.
        unsafe { mlir_sys::mlirPassManagerEnableTiming(manager.to_raw()) };
    }
    for step in steps {
        if print.before.iter().any(|name| name == step.name()) {
            manager.add_pass(printer(options, format!("IR Dump Before {}", step.name())));
        }
        match step {
            Step::Pass(pass) => {
                manager.add_pass(external(context, Rc::clone(pass), Rc::clone(&state)))
            }
            Step::Upstream(text) => add_upstream(&manager, text)?,
        }
        if print.after.iter().any(|name| name == step.name()) {
            manager.add_pass(printer(options, format!("IR Dump After {}", step.name())));
        }
    }
    let result = manager.run(&mut program.module);
    drop(manager);

    let mut state = state.borrow_mut();
    program.tensors = std::mem::take(&mut state.tensors);
    let mut findings = std::mem::take(&mut state.findings);
    let failed = result.is_err();
    if failed && !findings.has_errors() {
        findings.extend(context.take_diagnostics());
        if !findings.has_errors() {
            findings.push(Finding::error(
                "pass-failed",
                "every pass succeeds",
                "a pass of MLIR failed",
            ));
        }
    }
    if failed {
        return Err(findings);
    }
    program.findings = findings;
    Ok(())
}

/// A static address that tells a pass from others, as MLIR wants it. A pass that is added needs a line
/// in [`type_id`].
#[repr(align(8))]
struct PassId(#[allow(dead_code)] u8);

static PASS_IDS: [PassId; 8] = [const { PassId(0) }; 8];

fn type_id(name: &str) -> TypeId<'static> {
    let index = match name {
        "nir-to-ct" => 0,
        "ct-to-dt" => 1,
        "dt-to-quant" => 2,
        "quant-to-hw" => 3,
        "print-ir" => 4,
        "ct-rewrite" => 5,
        "dt-rewrite" => 6,
        _ => 7,
    };
    TypeId::create(&PASS_IDS[index])
}

fn external(context: &IrContext, pass: Rc<dyn Pass>, state: Rc<RefCell<State>>) -> pass::Pass {
    let (name, description) = (pass.name(), pass.description());
    let mlir = context.mlir();
    let run = move |module: OperationRef<'_, '_>, external: ExternalPass<'_>| {
        let _span = tracing::info_span!("pass", name = pass.name()).entered();
        let state = &mut *state.borrow_mut();
        let known = state
            .findings
            .count(nirc_dialects::finding::Severity::Error);
        // SAFETY: the module lives in this context, for as long.
        let module: OperationRef<'_, '_> = unsafe { OperationRef::from_raw(module.to_raw()) };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            pass.run(&mut Lowering {
                context: mlir,
                module,
                tensors: &mut state.tensors,
                findings: &mut state.findings,
            })
        }));
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(finding)) => state.findings.push(finding),
            Err(_) => state.findings.push(
                Finding::error(
                    "internal",
                    "no pass panics",
                    format!(
                        "pass `{}` failed inside; this is a bug of nirc",
                        pass.name()
                    ),
                )
                .fix("please report it with the model"),
            ),
        }
        if state
            .findings
            .count(nirc_dialects::finding::Severity::Error)
            > known
        {
            external.signal_failure();
        }
    };
    create_external(
        run,
        type_id(name),
        name,
        name,
        description,
        "builtin.module",
        &[],
    )
}

/// A pass that hands the module's text to the sink.
fn printer(options: &RunOptions, heading: String) -> pass::Pass {
    let sink = Rc::clone(&options.sink);
    let print = options.print;
    let run = move |module: OperationRef<'_, '_>, _: ExternalPass<'_>| {
        if let Ok(text) = module.to_string_with_flags(print.flags()) {
            sink(&heading, &text);
        }
    };
    create_external(
        run,
        type_id("print-ir"),
        "print-ir",
        "print-ir",
        "prints the IR",
        "builtin.module",
        &[],
    )
}

fn add_upstream(manager: &PassManager<'_>, text: &str) -> Result<(), Findings> {
    static REGISTER: std::sync::Once = std::sync::Once::new();
    // SAFETY: registers MLIR's own canonicalizer and common subexpression elimination, once.
    REGISTER.call_once(|| unsafe {
        mlir_sys::mlirRegisterTransformsCanonicalizer();
        mlir_sys::mlirRegisterTransformsCSE();
    });
    unsafe extern "C" fn collect(text: mlir_sys::MlirStringRef, data: *mut std::ffi::c_void) {
        // SAFETY: `data` is the string below; the text is valid for the call.
        let (message, text) = unsafe { (&mut *data.cast::<String>(), StringRef::from_raw(text)) };
        message.push_str(text.as_str().unwrap_or_default());
    }
    let mut message = String::new();
    // SAFETY: manager, text and message outlive the call.
    let result = unsafe {
        mlir_sys::mlirOpPassManagerAddPipeline(
            mlir_sys::mlirPassManagerGetAsOpPassManager(manager.to_raw()),
            StringRef::new(text).to_raw(),
            Some(collect),
            (&raw mut message).cast(),
        )
    };
    if result.value != 0 {
        return Ok(());
    }
    Err(Finding::error(
        "pass-unknown",
        "a pipeline names passes that exist",
        format!("`{text}` is no pass: {}", message.trim()),
    )
    .fix("the passes are nir-to-ct, ct-rewrite, ct-to-dt, dt-rewrite, dt-to-quant, quant-to-hw, canonicalize, cse")
    .into())
}
