// What the applications of SpiNNaker2 have no form for, each by name.

// RUN: not nirc opt %s --split-input-file --dt-to-quant=target=spinnaker2 2>&1 | FileCheck %s

// CHECK: error[s2-neuron] node `li`: this one has none, so it does not spike
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[1]> loc("in")
  %w = "dt.linear"(%in) {weight = dense<1.0> : tensor<1x1xf64>} : (!dt.spikes<[1]>) -> !dt.current<[1]> loc("w")
  %li = "dt.neuron"(%w) {
    beta = dense<0.5> : tensor<1xf64>, current_gain = dense<1.0> : tensor<1xf64>, integration = "euler",
    membrane_reads = "updated", comparison_reads = "updated", compare = ">=", reset = "none",
    reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[1]>) -> !dt.current<[1]> loc("li")
  "dt.output"(%li) : (!dt.current<[1]>) -> () loc("out")
}

// -----

// CHECK: error[s2-lower-bound] node `if`: the model has a lower bound, `v_min`
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[1]> loc("in")
  %w = "dt.linear"(%in) {weight = dense<1.0> : tensor<1x1xf64>} : (!dt.spikes<[1]>) -> !dt.current<[1]> loc("w")
  %if = "dt.neuron"(%w) {
    beta = dense<1.0> : tensor<1xf64>, current_gain = dense<1.0> : tensor<1xf64>, v_min = dense<-1.0> : tensor<1xf64>,
    v_threshold = dense<3.0> : tensor<1xf64>, integration = "euler", membrane_reads = "updated",
    comparison_reads = "updated", compare = ">=", reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[1]>) -> !dt.spikes<[1]> loc("if")
  "dt.output"(%if) : (!dt.spikes<[1]>) -> () loc("out")
}

// -----

// CHECK: error[s2-cycle]: `a`, `b` wait for each other's spikes
module attributes {dt.step = 1.0e-3 : f64} {
  %wa = "dt.linear"(%b) {weight = dense<1.0> : tensor<1x1xf64>} : (!dt.spikes<[1]>) -> !dt.current<[1]> loc("wa")
  %a = "dt.neuron"(%wa) {
    beta = dense<1.0> : tensor<1xf64>, current_gain = dense<1.0> : tensor<1xf64>, v_threshold = dense<3.0> : tensor<1xf64>,
    integration = "euler", membrane_reads = "updated", comparison_reads = "updated", compare = ">=", reset = "subtract",
    reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[1]>) -> !dt.spikes<[1]> loc("a")
  %wb = "dt.linear"(%a) {weight = dense<1.0> : tensor<1x1xf64>} : (!dt.spikes<[1]>) -> !dt.current<[1]> loc("wb")
  %b = "dt.neuron"(%wb) {
    beta = dense<1.0> : tensor<1xf64>, current_gain = dense<1.0> : tensor<1xf64>, v_threshold = dense<3.0> : tensor<1xf64>,
    integration = "euler", membrane_reads = "updated", comparison_reads = "updated", compare = ">=", reset = "subtract",
    reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[1]>) -> !dt.spikes<[1]> loc("b")
  "dt.output"(%b) : (!dt.spikes<[1]>) -> () loc("out")
}

// -----

// CHECK: error[s2-output] node `out`: this output takes something else
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[1]> loc("in")
  "dt.output"(%in) : (!dt.spikes<[1]>) -> () loc("out")
}
