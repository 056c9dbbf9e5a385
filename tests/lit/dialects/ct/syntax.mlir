// Every op of the dialect prints and parses again as the same IR, here and in the stock mlir-opt.

// RUN: nirc opt %s | nirc opt - | FileCheck %s
// RUN: mlir-opt --irdl-file=%irdl/ct/ct.irdl.mlir %s | FileCheck %s
// RUN: nirc opt %s | mlir-opt --irdl-file=%irdl/ct/ct.irdl.mlir | FileCheck %s
// RUN: nirc opt %s --no-names -o %t.1.mlir
// RUN: nirc opt %t.1.mlir --no-names -o %t.2.mlir
// RUN: diff %t.1.mlir %t.2.mlir



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
