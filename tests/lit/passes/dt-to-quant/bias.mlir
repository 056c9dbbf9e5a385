// A bias before a neuron is added to the membrane on the chip, with its settled strength
// k g / (1 - alpha) = 0.5 * 0.25 / 0.125 = 1; a leak is added as it is. xylo-v1 has no biases at all.

// RUN: nirc opt %s --dt-to-quant=target=xylo-audio-2 2>%t.log | FileCheck %s
// RUN: FileCheck %s --check-prefix=LOG --input-file=%t.log --implicit-check-not='warning['
// RUN: not nirc opt %s --dt-to-quant=target=xylo-v1 2>&1 | FileCheck %s --check-prefix=V1 --implicit-check-not='error['

// V1: error[xylo-bias-absent] node `hidden`: 2 of 2 neurons have a bias, the largest 1 at neuron 0; xylo-v1 has none
// V1-NEXT: rule: the network has no bias where the chip has none
// V1-NEXT: fix: retrain without bias, feed a constant input channel, or use a later chip
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>}
    : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %bias = "dt.bias"(%fc) {bias = dense<[0.5, -0.25]> : tensor<2xf32>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("fc")
  // 0.5 + 0.5 and -0.25 + 0.5 of the membrane; 127 is the largest bias of the chip, so it sets the scale.
  // CHECK: "quant.neuron"({{.*}}) {bias = dense<127> : tensor<2xi16>
  // CHECK-SAME: scale = dense<[1.270000e+02, 5.080000e+02]> : tensor<2xf64>
  // CHECK-SAME: threshold = dense<[127, 508]> : tensor<2xi16>
  // LOG: warning[xylo-bias-folded] node `hidden`: the bias of the layer's input is added to the membrane, with its settled strength; the current that the model builds up within 8 steps is there at once
  // LOG-NEXT: rule: a bias acts as in the model
  // LOG-NEXT: why: the chip adds biases to the membrane only
  %hidden = "dt.neuron"(%bias) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<0.25> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>, leak = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">=", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 31 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  // CHECK: "quant.neuron"({{.*}}) {compare
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<0.25> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">=", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}
