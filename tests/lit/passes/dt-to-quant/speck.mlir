// A pool, factors of channels, a kernel that is not square and gains become one convolution behind the
// pool; the threshold is the scale of the layer.

// RUN: nirc opt %s --dt-to-quant=target=speck2f | FileCheck %s

// CHECK: module attributes {quant.step = 1.000000e-03 : f64, quant.target = "speck2f"} {
// CHECK: %[[IN:.*]] = "quant.input"() {max_spikes = 65535 : i64} : () -> !quant.spikes<[1, 4, 6]>
// CHECK: %[[POOL:.*]] = "quant.pool"(%[[IN]]) {kernel_size = array<i64: 2, 2>
// CHECK-SAME: stride = array<i64: 2, 2>} : (!quant.spikes<[1, 4, 6]>) -> !quant.spikes<[1, 2, 3]>
// The kernel of 1 x 3 stands in the middle of one of 3 x 3; 2 (factor) / 4 (mean) * 2 (gain) of its weights.
// CHECK: %[[CONV:.*]] = "quant.convolution"(%[[POOL]]) {dilation = array<i64: 1, 1>, groups = 1 : i64
// CHECK-SAME: padding = array<i64: 1, 1, 1, 1>, relative_error = 0.000000e+00 : f64
// CHECK-SAME: stride = array<i64: 1, 1>
// CHECK-SAME: weight = dense<{{\[\[\[\[}}0, 0, 0], [1, -2, 3], [0, 0, 0{{\]\]\]\]}}> : tensor<1x1x3x3xi8>}
// CHECK: %[[IF:.*]] = "quant.neuron"(%[[CONV]])
// CHECK-SAME: compare = ">="
// CHECK-SAME: membrane_range = array<i64: -8, 1073741824>
// CHECK-SAME: reset = "subtract"
// CHECK-SAME: threshold = dense<8> : tensor<1x2x3xi16>
// CHECK: "quant.output"(%[[IF]])
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[1, 4, 6]> loc("in")
  %pool = "dt.pool"(%in) {
    kind = "average", kernel_size = array<i64: 2, 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>
  } : (!dt.spikes<[1, 4, 6]>) -> !dt.current<[1, 2, 3]> loc("pool")
  %scaled = "dt.scale"(%pool) {scale = dense<2.0> : tensor<1x2x3xf64>} : (!dt.current<[1, 2, 3]>) -> !dt.current<[1, 2, 3]> loc("scale")
  %conv = "dt.convolution"(%scaled) {
    weight = dense<[[[[1.0, -2.0, 3.0]]]]> : tensor<1x1x1x3xf64>, stride = array<i64: 1, 1>,
    padding = array<i64: 0, 0, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64
  } : (!dt.current<[1, 2, 3]>) -> !dt.current<[1, 2, 3]> loc("conv")
  %if = "dt.neuron"(%conv) {
    beta = dense<1.0> : tensor<1x2x3xf64>, current_gain = dense<2.0> : tensor<1x2x3xf64>,
    v_threshold = dense<8.0> : tensor<1x2x3xf64>, v_min = dense<-8.0> : tensor<1x2x3xf64>, integration = "euler",
    membrane_reads = "updated", comparison_reads = "updated", compare = ">=", reset = "subtract",
    reset_timing = "same-step", max_spikes = 100 : i64
  } : (!dt.current<[1, 2, 3]>) -> !dt.spikes<[1, 2, 3]> loc("if")
  "dt.output"(%if) : (!dt.spikes<[1, 2, 3]>) -> () loc("out")
}
