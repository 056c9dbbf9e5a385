// Every op of the dialect prints and parses again as the same IR, here and in the stock mlir-opt.

// RUN: nirc opt %s | nirc opt - | FileCheck %s
// RUN: mlir-opt --irdl-file=%irdl/nir/nir.irdl.mlir %s | FileCheck %s
// RUN: nirc opt %s | mlir-opt --irdl-file=%irdl/nir/nir.irdl.mlir | FileCheck %s
// RUN: nirc opt %s --print-weights | mlir-opt --irdl-file=%irdl/nir/nir.irdl.mlir | FileCheck %s --check-prefixes=CHECK,BLOB
// RUN: nirc opt %s --print-weights --no-names -o %t.1.mlir
// RUN: nirc opt %t.1.mlir --print-weights --no-names -o %t.2.mlir
// RUN: diff %t.1.mlir %t.2.mlir

// CHECK: module attributes {nir.metadata = {author = "nobody", seed = 7 : i64}, nir.version = "1.0.5"} {
// CHECK-NEXT: module @inner {
// CHECK-NEXT: %[[NESTED_IN:[0-9]+]] = "nir.input"() : () -> !nir.signal<[4]>
// CHECK-NEXT: %[[NESTED_HALF:[0-9]+]] = "nir.scale"(%[[NESTED_IN]]) {scale = dense<5.000000e-01> : tensor<4xf32>}
// CHECK-SAME: {{^}} : (!nir.signal<[4]>) -> !nir.signal<[4]>
// CHECK-NEXT: "nir.output"(%[[NESTED_HALF]]) : (!nir.signal<[4]>) -> ()
// CHECK-NEXT: }
// CHECK-NEXT: %[[IMAGE:[0-9]+]] = "nir.input"() {metadata = {kind = "events"}} : () -> !nir.signal<[2, 8, 8]>
// CHECK-NEXT: %[[CONV2D:[0-9]+]] = "nir.conv2d"(%[[IMAGE]]) {bias = dense<[0.000000e+00, 1.000000e+00, 0.000000e+00, 0.000000e+00]> : tensor<4xf32>
// CHECK-SAME: {{^}}, dilation = array<i64: 1, 1>, groups = 2 : i64, input_shape = array<i64: 8, 8>
// CHECK-SAME: {{^}}, padding = array<i64: 1, 1>, stride = array<i64: 2, 2>
// CHECK-SAME: {{^}}, weight = dense<2.500000e-01> : tensor<4x1x3x3xf32>}
// CHECK-SAME: {{^}} : (!nir.signal<[2, 8, 8]>) -> !nir.signal<[4, 4, 4]>
// CHECK-NEXT: %[[IF:[0-9]+]] = "nir.if"(%[[CONV2D]]) {r = dense<1.000000e+00> : tensor<4x4x4xf32>
// CHECK-SAME: {{^}}, v_reset = dense<0.000000e+00> : tensor<4x4x4xf32>
// CHECK-SAME: {{^}}, v_threshold = dense<1.000000e+00> : tensor<4x4x4xf32>}
// CHECK-SAME: {{^}} : (!nir.signal<[4, 4, 4]>) -> !nir.signal<[4, 4, 4]>
// CHECK-NEXT: %[[SUM_POOL:[0-9]+]] = "nir.sum_pool2d"(%[[IF]]) {kernel_size = array<i64: 2, 2>
// CHECK-SAME: {{^}}, padding = array<i64: 0, 0>, stride = array<i64: 2, 2>}
// CHECK-SAME: {{^}} : (!nir.signal<[4, 4, 4]>) -> !nir.signal<[4, 2, 2]>
// CHECK-NEXT: %[[AVG_POOL:[0-9]+]] = "nir.avg_pool2d"(%[[SUM_POOL]]) {kernel_size = array<i64: 2, 2>
// CHECK-SAME: {{^}}, padding = array<i64: 0, 0>, stride = array<i64: 2, 2>}
// CHECK-SAME: {{^}} : (!nir.signal<[4, 2, 2]>) -> !nir.signal<[4, 1, 1]>
// CHECK-NEXT: %[[FLATTEN:[0-9]+]] = "nir.flatten"(%[[AVG_POOL]]) {end_dim = -1 : i64
// CHECK-SAME: {{^}}, input_type = array<i64: 4, 1, 1>, start_dim = 0 : i64}
// CHECK-SAME: {{^}} : (!nir.signal<[4, 1, 1]>) -> !nir.signal<[4]>
// CHECK-NEXT: %[[NESTED:[0-9]+]] = "nir.graph"(%[[FLATTEN]]) {callee = @inner}
// CHECK-SAME: {{^}} : (!nir.signal<[4]>) -> !nir.signal<[4]>
// CHECK-NEXT: %[[LINEAR:[0-9]+]] = "nir.linear"(%[[NESTED]], %[[CUBA_LIF:[0-9]+]]) {weight = dense_resource<linear.weight> : tensor<5x4xf32>}
// CHECK-SAME: {{^}} : (!nir.signal<[4]>, !nir.signal<[4]>) -> !nir.signal<[5]>
// CHECK-NEXT: %[[DELAY:[0-9]+]] = "nir.delay"(%[[LINEAR]]) {delay = dense<1.000000e-03> : tensor<5xf64>}
// CHECK-SAME: {{^}} : (!nir.signal<[5]>) -> !nir.signal<[5]>
// CHECK-NEXT: %[[LIF:[0-9]+]] = "nir.lif"(%[[DELAY]]) {r = dense<1.000000e+00> : tensor<5xf64>
// CHECK-SAME: {{^}}, tau = dense<2.000000e-02> : tensor<5xf64>
// CHECK-SAME: {{^}}, v_leak = dense<0.000000e+00> : tensor<5xf64>
// CHECK-SAME: {{^}}, v_reset = dense<0.000000e+00> : tensor<5xf64>
// CHECK-SAME: {{^}}, v_threshold = dense<1.000000e+00> : tensor<5xf64>}
// CHECK-SAME: {{^}} : (!nir.signal<[5]>) -> !nir.signal<[5]>
// CHECK-NEXT: %[[AFFINE:[0-9]+]] = "nir.affine"(%[[LIF]]) {bias = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<4xf32>
// CHECK-SAME: {{^}}, weight = dense<5.000000e-01> : tensor<4x5xf32>}
// CHECK-SAME: {{^}} : (!nir.signal<[5]>) -> !nir.signal<[4]>
// CHECK-NEXT: %[[CUBA_LIF]] = "nir.cuba_lif"(%[[AFFINE]]) {r = dense<1.000000e+00> : tensor<4xf64>
// CHECK-SAME: {{^}}, tau_mem = dense<2.000000e-02> : tensor<4xf64>
// CHECK-SAME: {{^}}, tau_syn = dense<1.000000e-02> : tensor<4xf64>
// CHECK-SAME: {{^}}, v_leak = dense<0.000000e+00> : tensor<4xf64>
// CHECK-SAME: {{^}}, v_reset = dense<0.000000e+00> : tensor<4xf64>
// CHECK-SAME: {{^}}, v_threshold = dense<1.000000e+00> : tensor<4xf64>
// CHECK-SAME: {{^}}, w_in = dense<2.000000e+00> : tensor<4xf64>}
// CHECK-SAME: {{^}} : (!nir.signal<[4]>) -> !nir.signal<[4]>
// CHECK-NEXT: %[[CUBA_LI:[0-9]+]] = "nir.cuba_li"(%[[CUBA_LIF]]) {r = dense<1.000000e+00> : tensor<4xf64>
// CHECK-SAME: {{^}}, tau_mem = dense<2.000000e-02> : tensor<4xf64>
// CHECK-SAME: {{^}}, tau_syn = dense<1.000000e-02> : tensor<4xf64>
// CHECK-SAME: {{^}}, v_leak = dense<0.000000e+00> : tensor<4xf64>
// CHECK-SAME: {{^}}, w_in = dense<2.000000e+00> : tensor<4xf64>}
// CHECK-SAME: {{^}} : (!nir.signal<[4]>) -> !nir.signal<[4]>
// CHECK-NEXT: %[[THRESHOLD:[0-9]+]] = "nir.threshold"(%[[CUBA_LI]]) {threshold = dense<1.000000e+00> : tensor<4xf32>}
// CHECK-SAME: {{^}} : (!nir.signal<[4]>) -> !nir.signal<[4]>
// CHECK-NEXT: %[[I:[0-9]+]] = "nir.i"(%[[THRESHOLD]]) {r = dense<1.000000e+00> : tensor<4xf32>}
// CHECK-SAME: {{^}} : (!nir.signal<[4]>) -> !nir.signal<[4]>
// CHECK-NEXT: %[[LI:[0-9]+]] = "nir.li"(%[[I]]) {r = dense<1.000000e+00> : tensor<4xf64>
// CHECK-SAME: {{^}}, tau = dense<2.000000e-02> : tensor<4xf64>
// CHECK-SAME: {{^}}, v_leak = dense<0.000000e+00> : tensor<4xf64>}
// CHECK-SAME: {{^}} : (!nir.signal<[4]>) -> !nir.signal<[4]>
// CHECK-NEXT: "nir.output"(%[[LI]], %[[I]]) {metadata = {kind = "potential"}}
// CHECK-SAME: {{^}} : (!nir.signal<[4]>, !nir.signal<[4]>) -> ()
// CHECK-NEXT: %[[AUDIO:[0-9]+]] = "nir.input"() : () -> !nir.signal<[1, 9]>
// CHECK-NEXT: %[[CONV1D:[0-9]+]] = "nir.conv1d"(%[[AUDIO]]) {bias = dense<0.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, dilation = array<i64: 1>, groups = 1 : i64, padding = "same", stride = array<i64: 1>
// CHECK-SAME: {{^}}, weight = dense<1.000000e+00> : tensor<2x1x3xf32>}
// CHECK-SAME: {{^}} : (!nir.signal<[1, 9]>) -> !nir.signal<[2, 9]>
// CHECK-NEXT: "nir.output"(%[[CONV1D]]) : (!nir.signal<[2, 9]>) -> ()
// CHECK-NEXT: }
// BLOB: linear.weight: "0x040000000000803F0000004000004040

module attributes {nir.version = "1.0.5", nir.metadata = {author = "nobody", seed = 7 : i64}} {
  module @inner {
    %in = "nir.input"() : () -> !nir.signal<[4]> loc("nested/in")
    %half = "nir.scale"(%in) {scale = dense<0.5> : tensor<4xf32>}
      : (!nir.signal<[4]>) -> !nir.signal<[4]> loc("nested/half")
    "nir.output"(%half) : (!nir.signal<[4]>) -> () loc("nested/out")
  }
  %image = "nir.input"() {metadata = {kind = "events"}} : () -> !nir.signal<[2, 8, 8]> loc("image")
  %conv2d = "nir.conv2d"(%image) {
    weight = dense<0.25> : tensor<4x1x3x3xf32>, bias = dense<[0.0, 1.0, 0.0, 0.0]> : tensor<4xf32>,
    stride = array<i64: 2, 2>, padding = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
    groups = 2 : i64, input_shape = array<i64: 8, 8>
  } : (!nir.signal<[2, 8, 8]>) -> !nir.signal<[4, 4, 4]> loc("conv2d")
  %if = "nir.if"(%conv2d) {
    r = dense<1.0> : tensor<4x4x4xf32>, v_threshold = dense<1.0> : tensor<4x4x4xf32>,
    v_reset = dense<0.0> : tensor<4x4x4xf32>
  } : (!nir.signal<[4, 4, 4]>) -> !nir.signal<[4, 4, 4]> loc("if")
  %sum = "nir.sum_pool2d"(%if) {
    kernel_size = array<i64: 2, 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0>
  } : (!nir.signal<[4, 4, 4]>) -> !nir.signal<[4, 2, 2]> loc("sum_pool")
  %mean = "nir.avg_pool2d"(%sum) {
    kernel_size = array<i64: 2, 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0>
  } : (!nir.signal<[4, 2, 2]>) -> !nir.signal<[4, 1, 1]> loc("avg_pool")
  %flat = "nir.flatten"(%mean) {
    start_dim = 0 : i64, end_dim = -1 : i64, input_type = array<i64: 4, 1, 1>
  } : (!nir.signal<[4, 1, 1]>) -> !nir.signal<[4]> loc("flatten")
  %graph = "nir.graph"(%flat) {callee = @inner} : (!nir.signal<[4]>) -> !nir.signal<[4]> loc("nested")
  // Recurrence is use before definition.
  %linear = "nir.linear"(%graph, %cubalif) {weight = dense_resource<"linear.weight"> : tensor<5x4xf32>}
    : (!nir.signal<[4]>, !nir.signal<[4]>) -> !nir.signal<[5]> loc("linear")
  %delay = "nir.delay"(%linear) {delay = dense<1.0e-3> : tensor<5xf64>}
    : (!nir.signal<[5]>) -> !nir.signal<[5]> loc("delay")
  %lif = "nir.lif"(%delay) {
    tau = dense<0.02> : tensor<5xf64>, r = dense<1.0> : tensor<5xf64>,
    v_leak = dense<0.0> : tensor<5xf64>, v_threshold = dense<1.0> : tensor<5xf64>,
    v_reset = dense<0.0> : tensor<5xf64>
  } : (!nir.signal<[5]>) -> !nir.signal<[5]> loc("lif")
  %affine = "nir.affine"(%lif) {
    weight = dense<0.5> : tensor<4x5xf32>, bias = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  } : (!nir.signal<[5]>) -> !nir.signal<[4]> loc("affine")
  %cubalif = "nir.cuba_lif"(%affine) {
    tau_syn = dense<0.01> : tensor<4xf64>, tau_mem = dense<0.02> : tensor<4xf64>,
    r = dense<1.0> : tensor<4xf64>, v_leak = dense<0.0> : tensor<4xf64>,
    v_threshold = dense<1.0> : tensor<4xf64>, v_reset = dense<0.0> : tensor<4xf64>,
    w_in = dense<2.0> : tensor<4xf64>
  } : (!nir.signal<[4]>) -> !nir.signal<[4]> loc("cuba_lif")
  %cubali = "nir.cuba_li"(%cubalif) {
    tau_syn = dense<0.01> : tensor<4xf64>, tau_mem = dense<0.02> : tensor<4xf64>,
    r = dense<1.0> : tensor<4xf64>, v_leak = dense<0.0> : tensor<4xf64>, w_in = dense<2.0> : tensor<4xf64>
  } : (!nir.signal<[4]>) -> !nir.signal<[4]> loc("cuba_li")
  %threshold = "nir.threshold"(%cubali) {threshold = dense<1.0> : tensor<4xf32>}
    : (!nir.signal<[4]>) -> !nir.signal<[4]> loc("threshold")
  %i = "nir.i"(%threshold) {r = dense<1.0> : tensor<4xf32>}
    : (!nir.signal<[4]>) -> !nir.signal<[4]> loc("i")
  %li = "nir.li"(%i) {
    tau = dense<0.02> : tensor<4xf64>, r = dense<1.0> : tensor<4xf64>, v_leak = dense<0.0> : tensor<4xf64>
  } : (!nir.signal<[4]>) -> !nir.signal<[4]> loc("li")
  "nir.output"(%li, %i) {metadata = {kind = "potential"}}
    : (!nir.signal<[4]>, !nir.signal<[4]>) -> () loc("out")
  %audio = "nir.input"() : () -> !nir.signal<[1, 9]> loc("audio")
  %conv1d = "nir.conv1d"(%audio) {
    weight = dense<1.0> : tensor<2x1x3xf32>, bias = dense<0.0> : tensor<2xf32>,
    stride = array<i64: 1>, padding = "same", dilation = array<i64: 1>, groups = 1 : i64
  } : (!nir.signal<[1, 9]>) -> !nir.signal<[2, 9]> loc("conv1d")
  "nir.output"(%conv1d) : (!nir.signal<[2, 9]>) -> () loc("out1d")
}

{-#
  dialect_resources: {
    builtin: {
      linear.weight: "0x040000000000803f000000400000404000008040000000000000803f000000400000404000008040000000000000803f000000400000404000008040000000000000803f00000040000040400000804000000000"
    }
  }
#-}
