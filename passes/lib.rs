//! The lowerings of nirc: one file or folder a pass, named after it.
//!
//! A pass reads the module of one level and replaces its body by that of the next. It collects all
//! its findings and fails once. The passes run in MLIR's pass manager ([`run`]), which verifies, prints
//! and times them. No pass knows a target; what a target decides it decides behind [`Target`].

pub mod connections;
mod convention;
mod ct_to_dt;
mod dt_to_quant;
mod lowering;
mod manager;
pub mod map;
mod nir_to_ct;
mod options;
mod parameter;
mod quant_to_hw;
pub mod rewrite;
mod rounding;
mod target;

pub use convention::{CONVENTIONS, Convention, Departure, SameAt};
pub use ct_to_dt::{CtToDt, Feedback, Initial, LowerBound};
pub use dt_to_quant::DtToQuant;
pub use lowering::{Lowering, Pass, read_all};
pub use manager::{PrintIr, RunOptions, Step, run};
pub use nir_to_ct::{InputSignal, IntegratorRate, NirToCt, ResetRule, TauUnit};
pub use options::{Options, PipelineElement, parse_pipeline};
pub use parameter::Parameter;
pub use quant_to_hw::QuantToHw;
pub use rounding::{relative_error, round_half_even};
pub use target::{
    Approximation, Approximations, Calibration, MapOptions, QuantizeOptions, Quantizer,
    SampleReader, Target,
};
