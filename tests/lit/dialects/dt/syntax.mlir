// Every op of the dialect prints and parses again as the same IR, here and in the stock mlir-opt.

// RUN: nirc opt %s | nirc opt - | FileCheck %s
// RUN: mlir-opt --irdl-file=%irdl/dt/dt.irdl.mlir %s | FileCheck %s
// RUN: nirc opt %s | mlir-opt --irdl-file=%irdl/dt/dt.irdl.mlir | FileCheck %s
// RUN: nirc opt %s --no-names -o %t.1.mlir
// RUN: nirc opt %t.1.mlir --no-names -o %t.2.mlir
// RUN: diff %t.1.mlir %t.2.mlir

// CHECK: module attributes {dt.step = 1.000000e-04 : f64} {
// CHECK-NEXT: %[[IN:[0-9]+]] = "dt.input"() : () -> !dt.spikes<[2, 4, 4]>
// CHECK-NEXT: %[[BARE:[0-9]+]] = "dt.input"() : () -> !dt.current<[3]>
// CHECK-NEXT: %[[CONV:[0-9]+]] = "dt.convolution"(%[[IN]]) {dilation = array<i64: 1, 1>, groups = 2 : i64
// CHECK-SAME: {{^}}, padding = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>
// CHECK-SAME: {{^}}, weight = dense<5.000000e-01> : tensor<2x1x3x3xf32>}
// CHECK-SAME: {{^}} : (!dt.spikes<[2, 4, 4]>) -> !dt.current<[2, 4, 4]>
// CHECK-NEXT: %[[CONV_BIAS:[0-9]+]] = "dt.bias"(%[[CONV]]) {bias = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>}
// CHECK-SAME: {{^}} : (!dt.current<[2, 4, 4]>) -> !dt.current<[2, 4, 4]>
// CHECK-NEXT: %[[MEAN:[0-9]+]] = "dt.pool"(%[[CONV_BIAS]]) {kernel_size = array<i64: 4, 4>
// CHECK-SAME: {{^}}, kind = "average", padding = array<i64: 0, 0, 0, 0>, stride = array<i64: 4, 4>}
// CHECK-SAME: {{^}} : (!dt.current<[2, 4, 4]>) -> !dt.current<[2, 1, 1]>
// CHECK-NEXT: %[[FLAT:[0-9]+]] = "dt.reshape"(%[[MEAN]]) : (!dt.current<[2, 1, 1]>) -> !dt.current<[2]>
// CHECK-NEXT: %[[FC:[0-9]+]] = "dt.linear"(%[[FLAT]]) {weight = dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00], [5.000000e+00, 6.000000e+00{{\]\]}}> : tensor<3x2xf32>}
// CHECK-SAME: {{^}} : (!dt.current<[2]>) -> !dt.current<[3]>
// CHECK-NEXT: %[[LIF:[0-9]+]] = "dt.sum"(%[[FC]], %[[BARE]], %[[RECURRENT:[0-9]+]]) : (!dt.current<[3]>, !dt.current<[3]>, !dt.current<[3]>) -> !dt.current<[3]>
// CHECK-NEXT: %[[LIF_NEURON:[0-9]+]] = "dt.neuron"(%[[LIF]]) {alpha = dense<9.000000e-01> : tensor<3xf64>
// CHECK-SAME: {{^}}, beta = dense<0.94999999999999996> : tensor<3xf64>, compare = ">=", comparison_reads = "updated"
// CHECK-SAME: {{^}}, current_gain = dense<4.000000e-02> : tensor<3xf64>
// CHECK-SAME: {{^}}, input_gain = dense<1.000000e-01> : tensor<3xf64>
// CHECK-SAME: {{^}}, input_to_membrane = dense<1.000000e-02> : tensor<3xf64>, integration = "exact"
// CHECK-SAME: {{^}}, leak = dense<1.000000e-03> : tensor<3xf64>, max_spikes = 1 : i64
// CHECK-SAME: {{^}}, membrane_reads = "previous", reset = "value", reset_timing = "same-step"
// CHECK-SAME: {{^}}, v_reset = dense<0.000000e+00> : tensor<3xf64>
// CHECK-SAME: {{^}}, v_threshold = dense<1.000000e+00> : tensor<3xf64>}
// CHECK-SAME: {{^}} : (!dt.current<[3]>) -> !dt.spikes<[3]>
// CHECK-NEXT: %[[DELAY:[0-9]+]] = "dt.register"(%[[LIF_NEURON]]) {steps = dense<[1, 2, 3]> : tensor<3xi64>}
// CHECK-SAME: {{^}} : (!dt.spikes<[3]>) -> !dt.spikes<[3]>
// CHECK-NEXT: %[[RECURRENT]] = "dt.scale"(%[[DELAY]]) {scale = dense<-5.000000e-01> : tensor<3xf32>}
// CHECK-SAME: {{^}} : (!dt.spikes<[3]>) -> !dt.current<[3]>
// CHECK-NEXT: "dt.output"(%[[LIF_NEURON]]) : (!dt.spikes<[3]>) -> ()
// CHECK-NEXT: }


module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2, 4, 4]> loc("in")
  %bare = "dt.input"() : () -> !dt.current<[3]> loc("bare")
  %conv = "dt.convolution"(%in) {
    weight = dense<0.5> : tensor<2x1x3x3xf32>, stride = array<i64: 1, 1>,
    padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 2 : i64
  } : (!dt.spikes<[2, 4, 4]>) -> !dt.current<[2, 4, 4]> loc("conv")
  %channels = "dt.bias"(%conv) {bias = dense<[1.0, 2.0]> : tensor<2xf32>}
    : (!dt.current<[2, 4, 4]>) -> !dt.current<[2, 4, 4]> loc("conv")
  %pool = "dt.pool"(%channels) {
    kind = "average", kernel_size = array<i64: 4, 4>, stride = array<i64: 4, 4>,
    padding = array<i64: 0, 0, 0, 0>
  } : (!dt.current<[2, 4, 4]>) -> !dt.current<[2, 1, 1]> loc("mean")
  %flat = "dt.reshape"(%pool) : (!dt.current<[2, 1, 1]>) -> !dt.current<[2]> loc("flat")
  %linear = "dt.linear"(%flat) {weight = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>}
    : (!dt.current<[2]>) -> !dt.current<[3]> loc("fc")
  %sum = "dt.sum"(%linear, %bare, %recurrent)
    : (!dt.current<[3]>, !dt.current<[3]>, !dt.current<[3]>) -> !dt.current<[3]> loc("lif")
  %lif = "dt.neuron"(%sum) {
    integration = "exact", alpha = dense<0.9> : tensor<3xf64>, input_gain = dense<0.1> : tensor<3xf64>,
    beta = dense<0.95> : tensor<3xf64>, current_gain = dense<0.04> : tensor<3xf64>,
    input_to_membrane = dense<0.01> : tensor<3xf64>, leak = dense<0.001> : tensor<3xf64>,
    v_threshold = dense<1.0> : tensor<3xf64>, v_reset = dense<0.0> : tensor<3xf64>,
    membrane_reads = "previous", compare = ">=", comparison_reads = "updated", reset = "value", reset_timing = "same-step",
    max_spikes = 1 : i64
  } : (!dt.current<[3]>) -> !dt.spikes<[3]> loc("lif")
  %late = "dt.register"(%lif) {steps = dense<[1, 2, 3]> : tensor<3xi64>}
    : (!dt.spikes<[3]>) -> !dt.spikes<[3]> loc("delay")
  %recurrent = "dt.scale"(%late) {scale = dense<-0.5> : tensor<3xf32>}
    : (!dt.spikes<[3]>) -> !dt.current<[3]> loc("recurrent")
  "dt.output"(%lif) : (!dt.spikes<[3]>) -> () loc("out")
}
