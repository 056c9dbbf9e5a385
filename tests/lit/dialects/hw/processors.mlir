// The ops for chips of processors print and parse again as the same IR, here and in the stock mlir-opt.

// RUN: nirc opt %s | nirc opt - | FileCheck %s
// RUN: mlir-opt --irdl-file=%irdl/hw/hw.irdl.mlir %s | FileCheck %s
// RUN: nirc opt %s --no-names -o %t.1.mlir
// RUN: nirc opt %t.1.mlir --no-names -o %t.2.mlir
// RUN: diff %t.1.mlir %t.2.mlir

// CHECK: "hw.run"() {over_allocated = true, record = "spikes", record_hidden = "none", tick = 1000 : i64, ticks = 100 : i64} : () -> ()
// CHECK-NEXT: "hw.population"() {application = "spike_list", copies = 2 : i64, count = 4 : i64, id = 0 : i64} : () -> ()
// CHECK-NEXT: "hw.population"() {application = "lif", copies = 1 : i64, count = 2 : i64, id = 1 : i64
// CHECK-SAME: {{^}}, parameters = dense<{{\[\[}}1.000000e+00], [5.000000e-01], [0.000000e+00], [0.000000e+00], [0.000000e+00]]> : tensor<5x1xf32>
// CHECK-SAME: {{^}}, reset = "reset_to_v_reset", scale = dense<2.000000e+00> : tensor<2xf64>} : () -> ()
// CHECK-NEXT: "hw.rows"() {delay = 3 : i64, first = dense<[0, 1, 3, 3, 3]> : tensor<5xi32>, neuron = dense<[1, 0, 1]> : tensor<3xi32>
// CHECK-SAME: {{^}}, relative_error = 0.000000e+00 : f64, source = 0 : i64, target = 1 : i64, weight = dense<[15, -15, 1]> : tensor<3xi8>} : () -> ()
// CHECK-NEXT: "hw.kernel"() {input = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>, pool = array<i64: 1, 1>
// CHECK-SAME: {{^}}, relative_error = 0.000000e+00 : f64, source = 0 : i64, stride = array<i64: 1, 1>, target = 1 : i64
// CHECK-SAME: {{^}}, weight = dense<7> : tensor<1x2x2x2xi8>} : () -> ()
// CHECK-NEXT: "hw.recorded"() {population = 1 : i64} : () -> ()
// CHECK-NEXT: "hw.slice"() {bytes = 720 : i64, chip = array<i64: 0, 0>, core = 21 : i64, count = 2 : i64, first = 0 : i64, key = 4 : i64, population = 1 : i64} : () -> ()
// CHECK-NEXT: "hw.routing_table"() {chip = array<i64: 0, 0>, keys = dense<{{\[\[}}0, 4294967292]]> : tensor<1x2xi64>, routes = dense<{{\[\[}}67108864, 0, 0]]> : tensor<1x3xi64>} : () -> ()
"hw.run"() {
  ticks = 100 : i64, tick = 1000 : i64, record = "spikes", record_hidden = "none", over_allocated = true
} : () -> ()
"hw.population"() {id = 0 : i64, application = "spike_list", count = 4 : i64, copies = 2 : i64} : () -> () loc("in")
"hw.population"() {
  id = 1 : i64, application = "lif", count = 2 : i64, copies = 1 : i64, reset = "reset_to_v_reset",
  parameters = dense<[[1.0], [0.5], [0.0], [0.0], [0.0]]> : tensor<5x1xf32>, scale = dense<2.0> : tensor<2xf64>
} : () -> () loc("lif")
"hw.rows"() {
  source = 0 : i64, target = 1 : i64, first = dense<[0, 1, 3, 3, 3]> : tensor<5xi32>,
  neuron = dense<[1, 0, 1]> : tensor<3xi32>, weight = dense<[15, -15, 1]> : tensor<3xi8>, delay = 3 : i64,
  relative_error = 0.0 : f64
} : () -> () loc("w")
"hw.kernel"() {
  source = 0 : i64, target = 1 : i64, weight = dense<7> : tensor<1x2x2x2xi8>, input = array<i64: 2, 2>,
  pool = array<i64: 1, 1>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, relative_error = 0.0 : f64
} : () -> () loc("k")
"hw.recorded"() {population = 1 : i64} : () -> () loc("out")
"hw.slice"() {
  population = 1 : i64, first = 0 : i64, count = 2 : i64, chip = array<i64: 0, 0>, core = 21 : i64, key = 4 : i64,
  bytes = 720 : i64
} : () -> () loc("lif")
"hw.routing_table"() {
  chip = array<i64: 0, 0>, keys = dense<[[0, 4294967292]]> : tensor<1x2xi64>,
  routes = dense<[[67108864, 0, 0]]> : tensor<1x3xi64>
} : () -> ()
