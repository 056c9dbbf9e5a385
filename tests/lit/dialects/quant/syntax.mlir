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
// CHECK-SAME: {{^}}, compare = ">=", current_overflow = "saturate", current_range = array<i64: -32768, 32767>
// CHECK-SAME: {{^}}, decay = "bit-shift", decay_error = 0.000000e+00 : f64
// CHECK-SAME: {{^}}, decay_mem = dense<4> : tensor<3xi16>, decay_syn = dense<3> : tensor<3xi16>
// CHECK-SAME: {{^}}, event_timing = "before-decay", max_spikes = 31 : i64
// CHECK-SAME: {{^}}, membrane_overflow = "saturate-increment", membrane_range = array<i64: -32768, 32767>
// CHECK-SAME: {{^}}, reset = "subtract", scale = dense<1.000000e+02> : tensor<3xf64>
// CHECK-SAME: {{^}}, threshold = dense<[100, 200, 300]> : tensor<3xi16>}
// CHECK-SAME: {{^}} : (!quant.events<[3]>, !quant.events<[3]>) -> !quant.spikes<[3]>
// CHECK-NEXT: %[[LIF_REGISTER]] = "quant.register"(%[[LIF]]) {steps = 1 : i64}
// CHECK-SAME: {{^}} : (!quant.spikes<[3]>) -> !quant.spikes<[3]>
// CHECK-NEXT: %[[TO_CUBA:[0-9]+]] = "quant.linear"(%[[LIF_REGISTER]])
// CHECK-NEXT: %[[CUBA:[0-9]+]] = "quant.neuron"(%[[TO_CUBA]]) {compare = ">", current_overflow = "wrap"
// CHECK-SAME: {{^}}, current_range = array<i64: -8388607, 8388608>, decay = "multiply", decay_bits = 12 : i64
// CHECK-SAME: {{^}}, decay_error = 0.000000e+00 : f64
// CHECK-SAME: {{^}}, decay_mem = dense<3933> : tensor<1xi16>, decay_syn = dense<0> : tensor<1xi16>
// CHECK-SAME: {{^}}, event_timing = "after-decay", max_spikes = 1 : i64, membrane_overflow = "saturate"
// CHECK-SAME: {{^}}, membrane_range = array<i64: -8388607, 8388607>, reset = "value", rounding = "toward-zero"
// CHECK-SAME: {{^}}, scale = dense<1.638400e+04> : tensor<1xf64>, threshold = dense<1600> : tensor<1xi32>
// CHECK-SAME: {{^}}, v_reset = dense<0> : tensor<1xi8>}
// CHECK-SAME: {{^}} : (!quant.events<[1]>) -> !quant.spikes<[1]>
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
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<3xi16>, decay_mem = dense<4> : tensor<3xi16>,
    threshold = dense<[100, 200, 300]> : tensor<3xi16>, bias = dense<[0, -128, 127]> : tensor<3xi16>,
    scale = dense<100.0> : tensor<3xf64>, decay_error = 0.0 : f64, current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate-increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[3]>, !quant.events<[3]>) -> !quant.spikes<[3]> loc("lif")
  %back = "quant.register"(%lif) {steps = 1 : i64} : (!quant.spikes<[3]>) -> !quant.spikes<[3]> loc("lif")
  %to_cuba = "quant.linear"(%back) {
    weight = dense<[[10, -256, 255]]> : tensor<1x3xi16>, shift = 6 : i64, scale = dense<256.0> : tensor<1xf64>,
    relative_error = 0.0 : f64
  } : (!quant.spikes<[3]>) -> !quant.events<[1]> loc("to_cuba")
  %cuba = "quant.neuron"(%to_cuba) {
    event_timing = "after-decay", decay = "multiply", decay_bits = 12 : i64, rounding = "toward-zero",
    decay_syn = dense<0> : tensor<1xi16>, decay_mem = dense<3933> : tensor<1xi16>,
    current_range = array<i64: -8388607, 8388608>, current_overflow = "wrap",
    membrane_range = array<i64: -8388607, 8388607>, membrane_overflow = "saturate", compare = ">",
    threshold = dense<1600> : tensor<1xi32>, reset = "value", v_reset = dense<0> : tensor<1xi8>,
    max_spikes = 1 : i64, scale = dense<16384.0> : tensor<1xf64>, decay_error = 0.0 : f64
  } : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("cuba")
  "quant.output"(%lif) : (!quant.spikes<[3]>) -> () loc("out")
}
