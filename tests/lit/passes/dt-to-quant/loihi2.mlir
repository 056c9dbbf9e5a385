// The integers of Loihi 2, worked out by hand: the largest weight is an even number up to 254 for which all are
// whole, and the threshold 64 M.

// RUN: nirc opt %s --dt-to-quant=target=loihi2 2>%t.log | FileCheck %s
// RUN: FileCheck %s --check-prefix=LOG --input-file=%t.log --implicit-check-not='error[' --implicit-check-not='warning['
// RUN: nirc opt %s --dt-to-quant="target=loihi2 approximate=bias" 2>%t.log | FileCheck %s --check-prefix=FOLD
// RUN: FileCheck %s --check-prefix=FOLD-LOG --input-file=%t.log

// CHECK: module attributes {quant.step = 1.000000e-03 : f64, quant.target = "loihi2"} {
// CHECK-NEXT: %[[IN:.*]] = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[1, 4, 4]>
// CHECK-NEXT: %[[LATE:.*]] = "quant.register"(%[[IN]]) {steps = 1 : i64}
// The pool stands in the kernel: weights twice along both sides, a step is a window. 4 / 2 * 252 = 504 = M.
// CHECK-NEXT: %[[CONV:.*]] = "quant.convolution"(%[[LATE]]) {
// CHECK-SAME: {{^}}dilation = array<i64: 1, 1>, groups = 1 : i64, padding = array<i64: 0, 0, 0, 0>
// CHECK-SAME: shift = 6 : i64, stride = array<i64: 2, 2>
// CHECK-SAME: weight = dense<{{\[+}}126, 126, -252, -252], [126, 126, -252, -252{{\]+}}> : tensor<1x1x2x4xi16>
// CHECK-NEXT: %[[IF:.*]] = "quant.neuron"(%[[CONV]])
// CHECK-SAME: decay_mem = dense<4096> : tensor<1x2x1xi32>, decay_syn = dense<0>
// CHECK-SAME: reset = "value"
// CHECK-SAME: threshold = dense<32256>
// CHECK-NEXT: %[[NEXT:.*]] = "quant.register"(%[[IF]]) {steps = 1 : i64}
// CHECK-NEXT: %[[FLAT:.*]] = "quant.reshape"(%[[NEXT]])
// One M for both thresholds, so the second row has half the weights: 1 and 0.5 are 240 and 120 << 6, -0.5 / 2
// and 0.25 / 2 are -60 and 30.
// CHECK-NEXT: %[[FC:.*]] = "quant.linear"(%[[FLAT]]) {{{.*}}, shift = 12 : i64, weight = dense<{{\[+}}240, 120], [-60, 30{{\]+}}>
// A neuron that spikes in every step gives the bias, when the layer's input can arrive: after two steps.
// CHECK-NEXT: %[[ONE:.*]] = "quant.neuron"() {bias = dense<64> : tensor<1xi32>
// CHECK-SAME: threshold = dense<0> : tensor<1xi32>
// CHECK-NEXT: %[[THEN:.*]] = "quant.register"(%[[ONE]]) {steps = 2 : i64}
// CHECK-NEXT: %[[BIAS:.*]] = "quant.linear"(%[[THEN]]) {{{.*}}, shift = 10 : i64, weight = dense<{{\[+}}240], [0{{\]+}}>
// A spike takes 0.75 times the threshold off u, which is the membrane, a step later: 0.75 * 15360 = 180 << 6.
// CHECK-NEXT: %[[AGAIN:.*]] = "quant.register"(%[[LIF:.*]]) {steps = 1 : i64}
// CHECK-NEXT: %[[RESET:.*]] = "quant.linear"(%[[AGAIN]]) {{{.*}}, shift = 12 : i64, weight = dense<{{\[+}}-180, 0], [0, -180{{\]+}}>
// CHECK-NEXT: %[[LIF]] = "quant.neuron"(%[[FC]], %[[BIAS]], %[[RESET]])
// CHECK-SAME: decay_mem = dense<0> : tensor<2xi32>, decay_syn = dense<3072> : tensor<2xi32>
// CHECK-SAME: threshold = dense<983040> : tensor<2xi32>
// CHECK-NEXT: "quant.output"(%[[LIF]])

// LOG: note[loihi2-latency] node `if`: all its inputs arrive 1 step later on the chip
// LOG: note[loihi2-latency] node `lif`: all its inputs arrive 2 steps later on the chip
// LOG: note[loihi2-resolution] node `lif`: 983041 units of v for a threshold, weight exponents [6, 4]; weights are off by 0.00 % (RMS)

// FOLD-NOT: lif.bias
// FOLD-LOG: warning[loihi2-bias-folded] node `lif`

module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[1, 4, 4]> loc("in")
  %pool = "dt.pool"(%in) {kind = "sum", kernel_size = array<i64: 2, 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (!dt.spikes<[1, 4, 4]>) -> !dt.current<[1, 2, 2]> loc("pool")
  %c = "dt.convolution"(%pool) {
    weight = dense<[[[[1.0, -2.0]]]]> : tensor<1x1x1x2xf64>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    dilation = array<i64: 1, 1>, groups = 1 : i64
  } : (!dt.current<[1, 2, 2]>) -> !dt.current<[1, 2, 1]> loc("conv")
  %n = "dt.neuron"(%c) {
    integration = "euler", beta = dense<1.0> : tensor<1x2x1xf64>, current_gain = dense<1.0> : tensor<1x2x1xf64>,
    v_threshold = dense<4.0> : tensor<1x2x1xf64>, v_reset = dense<0.0> : tensor<1x2x1xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">", reset = "value", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[1, 2, 1]>) -> !dt.spikes<[1, 2, 1]> loc("if")
  %flat = "dt.reshape"(%n) : (!dt.spikes<[1, 2, 1]>) -> !dt.spikes<[2]> loc("flat")
  %fc = "dt.linear"(%flat) {weight = dense<[[1.0, 0.5], [-0.5, 0.25]]> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %biased = "dt.bias"(%fc) {bias = dense<[0.25, 0.0]> : tensor<2xf64>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("fc")
  %lif = "dt.neuron"(%biased) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>, current_gain = dense<1.0> : tensor<2xf64>,
    v_threshold = dense<[1.0, 2.0]> : tensor<2xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">=", reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%lif) : (!dt.spikes<[2]>) -> () loc("out")
}
