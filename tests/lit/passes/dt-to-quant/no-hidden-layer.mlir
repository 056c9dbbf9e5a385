// An input that feeds a readout has integers, which level quant runs, but no place on the chip.

// RUN: nirc opt %s --split-input-file --dt-to-quant=target=xylo-v1 2>&1 >/dev/null | FileCheck %s --implicit-check-not='error['
// RUN: not nirc opt %s --split-input-file --dt-to-quant=target=xylo-v1 --quant-to-hw 2>&1 | FileCheck %s --check-prefix=HW

// CHECK: warning[xylo-no-hidden-layer] node `ro`: `in` feeds the readout population directly; quant-to-hw will refuse it
// CHECK-NEXT: rule: inputs reach the readouts through a hidden layer
// CHECK-NEXT: why:  no chip of the family has a connection from inputs to readouts
// CHECK-NEXT: fix:  add a layer of neurons between the input and the output
// CHECK: warning[xylo-no-hidden-layer] node `ro`: `in` feeds the readout population directly

// HW: error[xylo-no-hidden-layer] node {{.*}}: `in` feeds the readout population `ro` directly
// HW: error[xylo-no-hidden-layer] node {{.*}}: `in` feeds the readout population `ro` directly
// No hidden layer.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %ro = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// An input that reaches the readout beside the hidden layer.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %skip = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("skip")
  %sum = "dt.sum"(%fo, %skip) : (!dt.current<[2]>, !dt.current<[2]>) -> !dt.current<[2]> loc("ro")
  %ro = "dt.neuron"(%sum) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

