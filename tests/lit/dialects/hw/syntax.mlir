// Every op of the dialect prints and parses again as the same IR, here and in the stock mlir-opt.

// RUN: nirc opt %s | nirc opt - | FileCheck %s
// RUN: mlir-opt --irdl-file=%irdl/hw/hw.irdl.mlir %s | FileCheck %s
// RUN: nirc opt %s | mlir-opt --irdl-file=%irdl/hw/hw.irdl.mlir | FileCheck %s
// RUN: nirc opt %s --no-names -o %t.1.mlir
// RUN: nirc opt %t.1.mlir --no-names -o %t.2.mlir
// RUN: diff %t.1.mlir %t.2.mlir

// CHECK: module attributes {hw.step = 1.000000e-04 : f64} {
// CHECK-NEXT: "hw.chip"() {part = "xylo-audio-2"} : () -> ()
// CHECK-NEXT: "hw.channels"() {count = 2 : i64, first = 0 : i64} : () -> ()
// CHECK-NEXT: "hw.neurons"() {bias = dense<[0, -128, 127]> : tensor<3xi16>, core = 0 : i64
// CHECK-SAME: {{^}}, count = 3 : i64, dash_mem = dense<4> : tensor<3xi16>
// CHECK-SAME: {{^}}, dash_syn = dense<3> : tensor<3xi16>, decay_error = 0.000000e+00 : f64
// CHECK-SAME: {{^}}, first = 0 : i64, role = "hidden", scale = dense<1.000000e+02> : tensor<3xf64>
// CHECK-SAME: {{^}}, threshold = dense<[100, 200, 300]> : tensor<3xi16>}
// CHECK-SAME: {{^}} : () -> ()
// CHECK-NEXT: "hw.synapses"() {core = 0 : i64, relative_error = 1.000000e-03 : f64, role = "input"
// CHECK-SAME: {{^}}, shift = 2 : i64, source = 0 : i64, target = 0 : i64
// CHECK-SAME: {{^}}, weight = dense<{{\[\[}}1, -2], [3, -128], [5, 127{{\]\]}}> : tensor<3x2xi8>}
// CHECK-SAME: {{^}} : () -> ()
// CHECK-NEXT: }


module attributes {hw.step = 1.0e-4 : f64} {
  "hw.chip"() {part = "xylo-audio-2"} : () -> ()
  "hw.channels"() {first = 0 : i64, count = 2 : i64} : () -> () loc("in")
  "hw.neurons"() {
    core = 0 : i64, role = "hidden", first = 0 : i64, count = 3 : i64,
    dash_syn = dense<3> : tensor<3xi16>, dash_mem = dense<4> : tensor<3xi16>,
    threshold = dense<[100, 200, 300]> : tensor<3xi16>, bias = dense<[0, -128, 127]> : tensor<3xi16>,
    scale = dense<100.0> : tensor<3xf64>, decay_error = 0.0 : f64
  } : () -> () loc("lif")
  "hw.synapses"() {
    core = 0 : i64, role = "input", source = 0 : i64, target = 0 : i64,
    weight = dense<[[1, -2], [3, -128], [5, 127]]> : tensor<3x2xi8>, shift = 2 : i64,
    relative_error = 1.0e-3 : f64
  } : () -> () loc("fc")
}
