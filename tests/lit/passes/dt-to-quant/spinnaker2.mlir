// Each neuron has the scale with which its own weights are whole; bias, threshold and first potential follow it.
// A packet takes a tick, so a register stands before the table. The importer's integers are cut, with one scale.

// RUN: nirc opt %s --dt-to-quant=target=spinnaker2 | FileCheck %s
// RUN: nirc opt %s --dt-to-quant="target=spinnaker2 quantizer=global" | FileCheck %s --check-prefix=GLOBAL
// RUN: nirc opt %s --dt-to-quant="target=spinnaker2 quantizer=py-spinnaker2" | FileCheck %s --check-prefix=IMPORTER
// RUN: nirc opt %s --dt-to-quant=target=spinnaker2 2>&1 >/dev/null | FileCheck %s --check-prefix=NOTE

// CHECK: module attributes {quant.step = 1.000000e-03 : f64, quant.target = "spinnaker2"} {
// CHECK: %[[IN:.*]] = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[4]>
// CHECK: %[[LATE:.*]] = "quant.register"(%[[IN]]) {steps = 1 : i64}
// CHECK: %[[W:.*]] = "quant.linear"(%[[LATE]]) {relative_error = 0.000000e+00 : f64
// CHECK-SAME: scale = dense<[6.400000e+01, 4.000000e+00]> : tensor<2xf64>, shift = 0 : i64
// CHECK-SAME: weight = dense<{{\[\[}}64, -32, 16, 0], [80, 0, 0, -10]]> : tensor<2x4xi8>}
// CHECK: %[[LIF:.*]] = "quant.float_neuron"(%[[W]]) {bias = dense<[3.200000e+01, 0.000000e+00]> : tensor<2xf32>
// CHECK-SAME: decay_mem = dense<8.750000e-01> : tensor<2xf32>, reset = "subtract"
// CHECK-SAME: threshold = dense<[1.920000e+02, 2.000000e+01]> : tensor<2xf32>
// With the bias, 0 after the tick in which no spike can have arrived.
// CHECK-SAME: v_initial = dense<[-36.5714302, 0.000000e+00]> : tensor<2xf32>}
// CHECK: "quant.output"(%[[LIF]])

// GLOBAL: weight = dense<{{\[\[}}6, -3, 2, 0], [127, 0, 0, -16]]> : tensor<2x4xi8>}
// GLOBAL: threshold = dense<[1.905000e+01, 3.175000e+01]> : tensor<2xf32>

// IMPORTER: "quant.input"() {max_spikes = 1 : i64}
// IMPORTER: scale = dense<6.350000e+00> : tensor<2xf64>
// IMPORTER-SAME: weight = dense<{{\[\[}}6, -3, 1, 0], [127, 0, 0, -15]]> : tensor<2x4xi8>}

// NOTE: note[s2-input-spikes] node `in`: an element takes up to 15 spikes in a step; more are lost
// NOTE: note[s2-latency] node `lif`: all its inputs arrive 1 step later on the chip
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[4]> loc("in")
  %w = "dt.linear"(%in) {
    weight = dense<[[1.0, -0.5, 0.25, 0.0], [20.0, 0.0, 0.0, -2.5]]> : tensor<2x4xf64>
  } : (!dt.spikes<[4]>) -> !dt.current<[2]> loc("w")
  %b = "dt.bias"(%w) {bias = dense<[0.5, 0.0]> : tensor<2xf64>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("w")
  %lif = "dt.neuron"(%b) {
    beta = dense<0.875> : tensor<2xf64>, current_gain = dense<1.0> : tensor<2xf64>,
    v_threshold = dense<[3.0, 5.0]> : tensor<2xf64>, integration = "euler", membrane_reads = "updated",
    comparison_reads = "updated", compare = ">=", reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%lif) : (!dt.spikes<[2]>) -> () loc("out")
}
