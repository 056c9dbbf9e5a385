// Every op of the dialect prints and parses again as the same IR, here and in the stock mlir-opt.

// RUN: nirc opt %s | nirc opt - | FileCheck %s
// RUN: mlir-opt --irdl-file=%irdl/quant/quant.irdl.mlir %s | FileCheck %s
// RUN: nirc opt %s | mlir-opt --irdl-file=%irdl/quant/quant.irdl.mlir | FileCheck %s
// RUN: nirc opt %s --no-names -o %t.1.mlir
// RUN: nirc opt %t.1.mlir --no-names -o %t.2.mlir
// RUN: diff %t.1.mlir %t.2.mlir

// CHECK: module attributes {quant.step = 1.000000e-04 : f64, quant.target = "xylo-audio-2"} {
// CHECK-NEXT: %[[IN:[0-9]+]] = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[1, 2]>
// CHECK-NEXT: %[[FLAT:[0-9]+]] = "quant.reshape"(%[[IN]]) : (!quant.spikes<[1, 2]>) -> !quant.spikes<[2]>
// CHECK-NEXT: %[[FC:[0-9]+]] = "quant.linear"(%[[FLAT]]) {relative_error = 1.000000e-03 : f64
// CHECK-SAME: {{^}}, scale = dense<[1.000000e+02, 1.005000e+02, 8.000000e+01]> : tensor<3xf64>
// CHECK-SAME: {{^}}, shift = 2 : i64
// CHECK-SAME: {{^}}, weight = dense<{{\[\[}}1, -2], [3, -128], [5, 127{{\]\]}}> : tensor<3x2xi8>}
// CHECK-SAME: {{^}} : (!quant.spikes<[2]>) -> !quant.events<[3]>
// CHECK-NEXT: %[[REC:[0-9]+]] = "quant.linear"(%[[LIF_REGISTER:[0-9]+]]) {relative_error = 0.000000e+00 : f64
// CHECK-SAME: {{^}}, scale = dense<1.000000e+02> : tensor<3xf64>, shift = 0 : i64
// CHECK-SAME: {{^}}, weight = dense<1> : tensor<3x3xi8>}
// CHECK-SAME: {{^}} : (!quant.spikes<[3]>) -> !quant.events<[3]>
// CHECK-NEXT: %[[LIF:[0-9]+]] = "quant.neuron"(%[[FC]], %[[REC]]) {bias = dense<[0, -128, 127]> : tensor<3xi16>
// CHECK-SAME: {{^}}, dash_mem = dense<4> : tensor<3xi16>, dash_syn = dense<3> : tensor<3xi16>
// CHECK-SAME: {{^}}, decay = "bit-shift", decay_error = 0.000000e+00 : f64, max_spikes = 31 : i64
// CHECK-SAME: {{^}}, reset = "subtract", saturation = "increment"
// CHECK-SAME: {{^}}, scale = dense<1.000000e+02> : tensor<3xf64>, state_bits = 16 : i64
// CHECK-SAME: {{^}}, threshold = dense<[100, 200, 300]> : tensor<3xi16>}
// CHECK-SAME: {{^}} : (!quant.events<[3]>, !quant.events<[3]>) -> !quant.spikes<[3]>
// CHECK-NEXT: %[[LIF_REGISTER]] = "quant.register"(%[[LIF]]) {steps = 1 : i64}
// CHECK-SAME: {{^}} : (!quant.spikes<[3]>) -> !quant.spikes<[3]>
// CHECK-NEXT: "quant.output"(%[[LIF]]) : (!quant.spikes<[3]>) -> ()
// CHECK-NEXT: }


module attributes {quant.step = 1.0e-4 : f64, quant.target = "xylo-audio-2"} {
  %in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[1, 2]> loc("in")
  %flat = "quant.reshape"(%in) : (!quant.spikes<[1, 2]>) -> !quant.spikes<[2]> loc("flat")
  %fc = "quant.linear"(%flat) {
    weight = dense<[[1, -2], [3, -128], [5, 127]]> : tensor<3x2xi8>, shift = 2 : i64,
    scale = dense<[100.0, 100.5, 80.0]> : tensor<3xf64>, relative_error = 1.0e-3 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[3]> loc("fc")
  %rec = "quant.linear"(%back) {
    weight = dense<1> : tensor<3x3xi8>, shift = 0 : i64, scale = dense<100.0> : tensor<3xf64>,
    relative_error = 0.0 : f64
  } : (!quant.spikes<[3]>) -> !quant.events<[3]> loc("rec")
  %lif = "quant.neuron"(%fc, %rec) {
    decay = "bit-shift", dash_syn = dense<3> : tensor<3xi16>, dash_mem = dense<4> : tensor<3xi16>,
    threshold = dense<[100, 200, 300]> : tensor<3xi16>, bias = dense<[0, -128, 127]> : tensor<3xi16>,
    scale = dense<100.0> : tensor<3xf64>, decay_error = 0.0 : f64, state_bits = 16 : i64,
    saturation = "increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[3]>, !quant.events<[3]>) -> !quant.spikes<[3]> loc("lif")
  %back = "quant.register"(%lif) {steps = 1 : i64} : (!quant.spikes<[3]>) -> !quant.spikes<[3]> loc("lif")
  "quant.output"(%lif) : (!quant.spikes<[3]>) -> () loc("out")
}
