// The ops for chips of convolutional cores print and parse again as the same IR, here and in the stock
// mlir-opt.

// RUN: nirc opt %s | nirc opt - | FileCheck %s
// RUN: mlir-opt --irdl-file=%irdl/hw/hw.irdl.mlir %s | FileCheck %s
// RUN: nirc opt %s --no-names -o %t.1.mlir
// RUN: nirc opt %t.1.mlir --no-names -o %t.2.mlir
// RUN: diff %t.1.mlir %t.2.mlir

// CHECK: "hw.convolution_core"() {bias = dense<[1, -1]> : tensor<2xi32>, core = 3 : i64, first = 0 : i64
// CHECK-SAME: {{^}}, input = array<i64: 1, 4, 4>, load = 1.440000e+02 : f64, monitor = true
// CHECK-SAME: {{^}}, output = array<i64: 2, 2, 2>, padding = array<i64: 0, 0>
// CHECK-SAME: {{^}}, relative_error = 0.000000e+00 : f64, reset = "subtract"
// CHECK-SAME: {{^}}, scale = dense<1.000000e+00> : tensor<1xf64>, step = 1 : i64
// CHECK-SAME: {{^}}, stride = array<i64: 1, 1>, threshold = 100 : i64, threshold_low = -100 : i64
// CHECK-SAME: {{^}}, weight = dense<7> : tensor<2x1x3x3xi8>} : () -> ()
// CHECK-NEXT: "hw.relay_core"() {core = 4 : i64, map = array<i64: 2, 2, 2>} : () -> ()
// CHECK-NEXT: "hw.route"() {channel_shift = 2 : i64, core = 3 : i64, pooling = 1 : i64, target = 4 : i64}
// CHECK-NEXT: "hw.host_events"() {channel_shift = 0 : i64, core = 3 : i64, map = array<i64: 1, 4, 4>
// CHECK-SAME: {{^}}, pooling = array<i64: 1, 1>} : () -> ()
// CHECK-NEXT: "hw.sensor"() {merge = true, mirror_columns = false, mirror_rows = true, off = true
// CHECK-SAME: {{^}}, on = true, origin = array<i64: 8, 16>, pooling = array<i64: 2, 4>
// CHECK-SAME: {{^}}, size = array<i64: 32, 32>, swap = false, targets = array<i64: 3>} : () -> ()
// CHECK-NEXT: "hw.readout"() {mode = "maximum", threshold = 3 : i64} : () -> ()
// CHECK-NEXT: "hw.result"() {pooling = array<i64: 1, 1>, population = "if"} : () -> ()
// CHECK-NEXT: "hw.limit"() {synaptic_operations = 1.000000e+07 : f64} : () -> ()
"hw.convolution_core"() {
  core = 3 : i64, first = 0 : i64, step = 1 : i64, input = array<i64: 1, 4, 4>, output = array<i64: 2, 2, 2>,
  stride = array<i64: 1, 1>, padding = array<i64: 0, 0>, weight = dense<7> : tensor<2x1x3x3xi8>,
  bias = dense<[1, -1]> : tensor<2xi32>, threshold = 100 : i64, threshold_low = -100 : i64, reset = "subtract",
  monitor = true, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64, load = 144.0 : f64
} : () -> () loc("if")
"hw.relay_core"() {core = 4 : i64, map = array<i64: 2, 2, 2>} : () -> () loc("if")
"hw.route"() {core = 3 : i64, target = 4 : i64, channel_shift = 2 : i64, pooling = 1 : i64} : () -> () loc("if")
"hw.host_events"() {
  core = 3 : i64, channel_shift = 0 : i64, map = array<i64: 1, 4, 4>, pooling = array<i64: 1, 1>
} : () -> () loc("in")
"hw.sensor"() {
  targets = array<i64: 3>, pooling = array<i64: 2, 4>, origin = array<i64: 8, 16>, size = array<i64: 32, 32>,
  merge = true, on = true, off = true, mirror_columns = false, mirror_rows = true, swap = false
} : () -> () loc("in")
"hw.readout"() {mode = "maximum", threshold = 3 : i64} : () -> ()
"hw.result"() {population = "if", pooling = array<i64: 1, 1>} : () -> () loc("out")
"hw.limit"() {synaptic_operations = 1.0e7 : f64} : () -> ()
