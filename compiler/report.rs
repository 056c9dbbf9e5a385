//! `report.json`: what was found, and what the chip has to say.

use nirc_dialects::{
    ct, dt, hw,
    ir::{self, Program},
};
use nirc_targets::ChipTarget;
use serde_json::{Value, json};

/// The report on a program of level `hw`.
pub fn json(program: &Program<'_>, chip: &dyn ChipTarget) -> String {
    let module = program.module.as_operation();
    let mut report = json!({
        "nirc": env!("CARGO_PKG_VERSION"),
        "chip": { "name": chip.name(), "part_number": chip.part_number() },
        "step_seconds": ir::module_attribute::<f64>(module, hw::STEP),
    });
    if let (Value::Object(report), Value::Object(own)) =
        (&mut report, chip.report(module, &program.tensors))
    {
        report.extend(own);
    }
    let rewritten: Vec<Value> = [ct::REWRITE, dt::REWRITE]
        .iter()
        .filter_map(|name| ir::module_attribute::<String>(module, name))
        .filter_map(|text| serde_json::from_str(&text).ok())
        .collect();
    if !rewritten.is_empty() {
        report["rewriting"] = rewritten.into();
    }
    report["findings"] = serde_json::to_value(&program.findings).unwrap_or(Value::Null);
    format!("{report:#}\n")
}
