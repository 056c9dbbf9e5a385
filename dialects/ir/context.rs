//! The MLIR context with the five dialects loaded from their IRDL definitions.

use std::{cell::RefCell, rc::Rc};

use melior::{
    Context,
    dialect::{DialectHandle, DialectRegistry},
    ir::{Module, operation::OperationLike},
    utility::load_irdl_dialects,
};

use super::program::location_name;
use crate::finding::{Finding, Findings};

/// The dialects' names and IRDL definitions, from the file's level down to the chip's.
pub const DEFINITIONS: [(&str, &str); 5] = [
    ("nir", include_str!("../nir/nir.irdl.mlir")),
    ("ct", include_str!("../ct/ct.irdl.mlir")),
    ("dt", include_str!("../dt/dt.irdl.mlir")),
    ("quant", include_str!("../quant/quant.irdl.mlir")),
    ("hw", include_str!("../hw/hw.irdl.mlir")),
];

/// An MLIR context that knows the five dialects and keeps MLIR's diagnostics as findings.
///
/// One context holds one program: MLIR makes resource keys unique per context, and a key names a
/// tensor here.
pub struct IrContext {
    context: Context,
    diagnostics: Rc<RefCell<Findings>>,
}

impl IrContext {
    /// Makes a context and loads the dialect definitions.
    ///
    /// # Errors
    ///
    /// MLIR's diagnostics, if a definition does not load; this is a bug of nirc.
    pub fn new() -> Result<Self, Findings> {
        let registry = DialectRegistry::new();
        // SAFETY: the function returns a handle that lives as long as the program.
        let irdl = unsafe { DialectHandle::from_raw(mlir_sys::mlirGetDialectHandle__irdl__()) };
        irdl.insert_dialect(&registry);
        let context = Context::new_with_registry(&registry, false);
        context.load_all_available_dialects();

        let diagnostics = Rc::new(RefCell::new(Findings::new()));
        let sink = Rc::clone(&diagnostics);
        context.attach_diagnostic_handler(move |diagnostic| {
            let mut text = diagnostic.to_string();
            for i in 0..diagnostic.note_count() {
                if let Ok(note) = diagnostic.note(i) {
                    text.push_str("; ");
                    text.push_str(&note.to_string());
                }
            }
            let place = location_name(diagnostic.location());
            // IR written by hand has lines where IR of ours has names.
            let named = !diagnostic.location().is_file_line_col_range();
            if let (Some(line), false) = (&place, named) {
                text = format!("{line}: {text}");
            }
            let mut finding =
                Finding::error("ir-invalid", "the IR obeys its dialects' definitions", text);
            if let Some(name) = place.filter(|_| named) {
                finding = finding.at(name);
            }
            sink.borrow_mut().push(finding);
            true
        });
        let this = Self {
            context,
            diagnostics,
        };
        for (name, definition) in DEFINITIONS {
            let loaded = Module::parse(&this.context, definition).is_some_and(|module| {
                module.as_operation().verify() && load_irdl_dialects(&module)
            });
            if !loaded {
                let mut findings = this.take_diagnostics();
                findings.push(Finding::error(
                    "ir-definition",
                    "every dialect definition loads",
                    format!("the IRDL definition of dialect `{name}` does not load"),
                ));
                return Err(findings);
            }
        }
        Ok(this)
    }

    /// The MLIR context.
    pub fn mlir(&self) -> &Context {
        &self.context
    }

    /// What MLIR reported since the last call, as findings.
    pub fn take_diagnostics(&self) -> Findings {
        self.diagnostics.take()
    }
}
