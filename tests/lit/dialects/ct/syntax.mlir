// Every op of the dialect prints and parses again as the same IR, here and in the stock mlir-opt.

// RUN: nirc opt %s | nirc opt - | FileCheck %s
// RUN: mlir-opt --irdl-file=%irdl/ct/ct.irdl.mlir %s | FileCheck %s
// RUN: nirc opt %s | mlir-opt --irdl-file=%irdl/ct/ct.irdl.mlir | FileCheck %s
// RUN: nirc opt %s --no-names -o %t.1.mlir
// RUN: nirc opt %t.1.mlir --no-names -o %t.2.mlir
// RUN: diff %t.1.mlir %t.2.mlir

// CHECK: module attributes {ct.step = 1.000000e-04 : f64} {
// CHECK-NEXT: %[[IN:[0-9]+]] = "ct.input"() : () -> !ct.spikes<[2, 4, 4], "pulse", 1.000000e-04 : f64>
// CHECK-NEXT: %[[BARE:[0-9]+]] = "ct.input"() : () -> !ct.current<[3]>
// CHECK-NEXT: %[[CONV:[0-9]+]] = "ct.convolution"(%[[IN]]) {dilation = array<i64: 1, 1>, groups = 2 : i64
// CHECK-SAME: {{^}}, padding = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>
// CHECK-SAME: {{^}}, weight = dense<5.000000e-01> : tensor<2x1x3x3xf32>}
// CHECK-SAME: {{^}} : (!ct.spikes<[2, 4, 4], "pulse", 1.000000e-04 : f64>) -> !ct.current<[2, 4, 4]>
// CHECK-NEXT: %[[CONV_BIAS:[0-9]+]] = "ct.bias"(%[[CONV]]) {bias = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>}
// CHECK-SAME: {{^}} : (!ct.current<[2, 4, 4]>) -> !ct.current<[2, 4, 4]>
// CHECK-NEXT: %[[MEAN:[0-9]+]] = "ct.pool"(%[[CONV_BIAS]]) {kernel_size = array<i64: 2, 2>
// CHECK-SAME: {{^}}, kind = "average", padding = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>}
// CHECK-SAME: {{^}} : (!ct.current<[2, 4, 4]>) -> !ct.current<[2, 2, 2]>
// CHECK-NEXT: %[[SUMS:[0-9]+]] = "ct.pool"(%[[MEAN]]) {kernel_size = array<i64: 2, 2>, kind = "sum"
// CHECK-SAME: {{^}}, padding = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
// CHECK-SAME: {{^}} : (!ct.current<[2, 2, 2]>) -> !ct.current<[2, 1, 1]>
// CHECK-NEXT: %[[FLAT:[0-9]+]] = "ct.reshape"(%[[SUMS]]) : (!ct.current<[2, 1, 1]>) -> !ct.current<[2]>
// CHECK-NEXT: %[[FC:[0-9]+]] = "ct.linear"(%[[FLAT]]) {weight = dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00], [5.000000e+00, 6.000000e+00{{\]\]}}> : tensor<3x2xf32>}
// CHECK-SAME: {{^}} : (!ct.current<[2]>) -> !ct.current<[3]>
// CHECK-NEXT: %[[LIF:[0-9]+]] = "ct.sum"(%[[FC]], %[[BARE]], %[[RECURRENT:[0-9]+]]) : (!ct.current<[3]>, !ct.current<[3]>, !ct.current<[3]>) -> !ct.current<[3]>
// CHECK-NEXT: %[[LIF_NEURON:[0-9]+]] = "ct.neuron"(%[[LIF]]) {r = dense<1.000000e+00> : tensor<3xf64>
// CHECK-SAME: {{^}}, reset = "value", tau_mem = dense<2.000000e-02> : tensor<3xf64>
// CHECK-SAME: {{^}}, tau_syn = dense<1.000000e-02> : tensor<3xf64>
// CHECK-SAME: {{^}}, v_leak = dense<0.000000e+00> : tensor<3xf64>
// CHECK-SAME: {{^}}, v_reset = dense<0.000000e+00> : tensor<3xf64>
// CHECK-SAME: {{^}}, v_threshold = dense<1.000000e+00> : tensor<3xf64>
// CHECK-SAME: {{^}}, w_in = dense<1.000000e+00> : tensor<3xf64>}
// CHECK-SAME: {{^}} : (!ct.current<[3]>) -> !ct.spikes<[3], "impulse", 1.000000e+00 : f64>
// CHECK-NEXT: %[[DELAY:[0-9]+]] = "ct.delay"(%[[LIF_NEURON]]) {delay = dense<[1.000000e-03, 2.000000e-03, 3.000000e-03]> : tensor<3xf64>}
// CHECK-SAME: {{^}} : (!ct.spikes<[3], "impulse", 1.000000e+00 : f64>) -> !ct.spikes<[3], "impulse", 1.000000e+00 : f64>
// CHECK-NEXT: %[[RECURRENT]] = "ct.scale"(%[[DELAY]]) {scale = dense<-5.000000e-01> : tensor<3xf32>}
// CHECK-SAME: {{^}} : (!ct.spikes<[3], "impulse", 1.000000e+00 : f64>) -> !ct.current<[3]>
// CHECK-NEXT: "ct.output"(%[[LIF_NEURON]]) : (!ct.spikes<[3], "impulse", 1.000000e+00 : f64>) -> ()
// CHECK-NEXT: }


module attributes {ct.step = 1.0e-4 : f64} {
  %in = "ct.input"() : () -> !ct.spikes<[2, 4, 4], "pulse", 1.0e-4 : f64> loc("in")
  %bare = "ct.input"() : () -> !ct.current<[3]> loc("bare")
  %conv = "ct.convolution"(%in) {
    weight = dense<0.5> : tensor<2x1x3x3xf32>, stride = array<i64: 1, 1>,
    padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 2 : i64
  } : (!ct.spikes<[2, 4, 4], "pulse", 1.0e-4 : f64>) -> !ct.current<[2, 4, 4]> loc("conv")
  %channels = "ct.bias"(%conv) {bias = dense<[1.0, 2.0]> : tensor<2xf32>}
    : (!ct.current<[2, 4, 4]>) -> !ct.current<[2, 4, 4]> loc("conv")
  %pool = "ct.pool"(%channels) {
    kind = "average", kernel_size = array<i64: 2, 2>, stride = array<i64: 2, 2>,
    padding = array<i64: 0, 0, 0, 0>
  } : (!ct.current<[2, 4, 4]>) -> !ct.current<[2, 2, 2]> loc("mean")
  %sums = "ct.pool"(%pool) {
    kind = "sum", kernel_size = array<i64: 2, 2>, stride = array<i64: 1, 1>,
    padding = array<i64: 0, 0, 0, 0>
  } : (!ct.current<[2, 2, 2]>) -> !ct.current<[2, 1, 1]> loc("sums")
  %flat = "ct.reshape"(%sums) : (!ct.current<[2, 1, 1]>) -> !ct.current<[2]> loc("flat")
  %linear = "ct.linear"(%flat) {weight = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>}
    : (!ct.current<[2]>) -> !ct.current<[3]> loc("fc")
  // Recurrence is use before definition.
  %sum = "ct.sum"(%linear, %bare, %recurrent)
    : (!ct.current<[3]>, !ct.current<[3]>, !ct.current<[3]>) -> !ct.current<[3]> loc("lif")
  %lif = "ct.neuron"(%sum) {
    tau_syn = dense<1.0e-2> : tensor<3xf64>, w_in = dense<1.0> : tensor<3xf64>,
    tau_mem = dense<2.0e-2> : tensor<3xf64>, r = dense<1.0> : tensor<3xf64>,
    v_leak = dense<0.0> : tensor<3xf64>, v_threshold = dense<1.0> : tensor<3xf64>,
    v_reset = dense<0.0> : tensor<3xf64>, reset = "value"
  } : (!ct.current<[3]>) -> !ct.spikes<[3], "impulse", 1.0 : f64> loc("lif")
  %late = "ct.delay"(%lif) {delay = dense<[1.0e-3, 2.0e-3, 3.0e-3]> : tensor<3xf64>}
    : (!ct.spikes<[3], "impulse", 1.0 : f64>) -> !ct.spikes<[3], "impulse", 1.0 : f64> loc("delay")
  %recurrent = "ct.scale"(%late) {scale = dense<-0.5> : tensor<3xf32>}
    : (!ct.spikes<[3], "impulse", 1.0 : f64>) -> !ct.current<[3]> loc("recurrent")
  "ct.output"(%lif) : (!ct.spikes<[3], "impulse", 1.0 : f64>) -> () loc("out")
}
