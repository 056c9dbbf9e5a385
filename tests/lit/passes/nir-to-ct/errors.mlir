// What has no meaning is refused, all of it at once.

// RUN: not nirc opt %s --split-input-file --nir-to-ct='dt=1e-4 reset=subtract' 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[nir-delay] node `negative delay`: a delay is negative
// CHECK-NEXT: rule: a delay is not negative
// CHECK: error[nir-tau] node `tau and threshold of zero`: tau is 0
// CHECK-NEXT: rule: a time constant is positive
// CHECK: error[nir-threshold] node `tau and threshold of zero`: a v_threshold is zero or negative
// CHECK-NEXT: rule: a threshold that is subtracted is positive
// CHECK-NEXT: why:  subtracting it would never take the membrane potential below it
// CHECK-NEXT: fix:  use --reset zero, or a positive threshold
// Three errors in one module.
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%late = "nir.delay"(%in) {delay = dense<[1.0e-3, -1.0e-3]> : tensor<2xf64>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("negative delay")
%lif = "nir.lif"(%late) {
  tau = dense<[0.02, 0.0]> : tensor<2xf64>, r = dense<1.0> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>,
  v_threshold = dense<[1.0, 0.0]> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("tau and threshold of zero")
"nir.output"(%lif) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[nir-tau] node `negative tau_syn, tau_mem of zero`: tau_syn is -0.001
// CHECK-NEXT: rule: a time constant is positive
// CHECK: error[nir-tau] node `negative tau_syn, tau_mem of zero`: tau_mem is 0
// CHECK-NEXT: rule: a time constant is positive
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%li = "nir.cuba_li"(%in) {
  tau_syn = dense<-1.0e-3> : tensor<2xf64>, tau_mem = dense<0.0> : tensor<2xf64>,
  r = dense<1.0> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("negative tau_syn, tau_mem of zero")
"nir.output"(%li) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[nir-no-input] node `without input`: it has no incoming edge
// CHECK-NEXT: rule: every node but an input has an incoming edge
%lif = "nir.scale"() {scale = dense<1.0> : tensor<2xf32>} : () -> !nir.signal<[2]> loc("without input")
"nir.output"(%lif) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[nir-callee] node `graph`: there is no module `@nowhere` that no other graph has
// CHECK-NEXT: rule: a nested graph has a module of its own beside it
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%graph = "nir.graph"(%in) {callee = @nowhere} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("graph")
"nir.output"(%in) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[nir-empty]: the graph has no node
// CHECK-NEXT: rule: a graph has nodes
// An empty module.

// -----
// CHECK: error[ir-attribute] node `stride of i32`: attribute `stride` of `nir.conv1d` is `array<i32: 1>`, it should be an integer array such as `array<i64: 2, 2>`
// CHECK-NEXT: rule: an op has the attributes that its dialect asks for
// CHECK: error[ir-attribute] node `unknown padding`: attribute `padding` of `nir.conv1d` is `"reflect"`, it should be `"same"`, `"valid"` or an integer array
// CHECK-NEXT: rule: an op has the attributes that its dialect asks for
// Attributes that the definition allows and the pass cannot read.
%in = "nir.input"() : () -> !nir.signal<[1, 9]> loc("in")
%conv = "nir.conv1d"(%in) {
  weight = dense<1.0> : tensor<1x1x3xf32>, bias = dense<0.0> : tensor<1xf32>, stride = array<i32: 1>,
  padding = "reflect", dilation = array<i64: 1>, groups = 1 : i64
} : (!nir.signal<[1, 9]>) -> !nir.signal<[1, 9]> loc("stride of i32")
%pad = "nir.conv1d"(%conv) {
  weight = dense<1.0> : tensor<1x1x3xf32>, bias = dense<0.0> : tensor<1xf32>, stride = array<i64: 1>,
  padding = "reflect", dilation = array<i64: 1>, groups = 1 : i64
} : (!nir.signal<[1, 9]>) -> !nir.signal<[1, 9]> loc("unknown padding")
"nir.output"(%pad) : (!nir.signal<[1, 9]>) -> () loc("out")

// -----
// CHECK: error[ir-level] node `in`: `ct.input` is not an op of dialect `nir`
// CHECK-NEXT: rule: a pass reads a module of one level
// CHECK-NEXT: fix:  run the passes in order: nir-to-ct, ct-to-dt, dt-to-quant, quant-to-hw
// CHECK: error[ir-level] node `out`: `ct.output` is not an op of dialect `nir`
// CHECK-NEXT: rule: a pass reads a module of one level
// CHECK-NEXT: fix:  run the passes in order: nir-to-ct, ct-to-dt, dt-to-quant, quant-to-hw
// Another level.
%in = "ct.input"() : () -> !ct.current<[2]> loc("in")
"ct.output"(%in) : (!ct.current<[2]>) -> () loc("out")

// -----
// CHECK: error[ir-shape] node `weight of 2 x 1`: `nir.linear`: a weight of shape [2, 1] does not map [2] to [2]
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
// Tensors that do not fit.
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%fc = "nir.linear"(%in) {weight = dense<1.0> : tensor<2x1xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("weight of 2 x 1")
"nir.output"(%fc) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[ir-shape] node `weight of 3 x 2`: `nir.linear`: a weight of shape [3, 2] does not map [2] to [2]
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%fc = "nir.linear"(%in) {weight = dense<1.0> : tensor<3x2xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("weight of 3 x 2")
"nir.output"(%fc) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[ir-shape] node `three tau, three thresholds`: `nir.lif`: `tau` has shape [3] for elements of shape [2]
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%lif = "nir.lif"(%in) {
  tau = dense<[0.01, 0.02, 0.03]> : tensor<3xf64>, r = dense<1.0> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>, v_threshold = dense<[1.0, 2.0, 3.0]> : tensor<3xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("three tau, three thresholds")
"nir.output"(%lif) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[ir-shape] node `three delays`: `nir.delay`: `delay` has shape [3] for elements of shape [2]
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%late = "nir.delay"(%in) {delay = dense<1.0e-3> : tensor<3xf64>} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("three delays")
"nir.output"(%late) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[ir-shape] node `flatten of 2 to 7`: `nir.flatten`: [2] cannot become [7]
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%flat = "nir.flatten"(%in) {start_dim = 0 : i64, end_dim = -1 : i64} : (!nir.signal<[2]>) -> !nir.signal<[7]> loc("flatten of 2 to 7")
"nir.output"(%flat) : (!nir.signal<[7]>) -> () loc("out")

// -----
// CHECK: error[ir-shape] node `negative stride`: `nir.conv2d`: kernel [3, 3], stride [-1, 0], dilation [1, 1], padding [0, 0, 0, 0]
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
// CHECK: error[ir-shape] node `kernel of one dimension`: `nir.sum_pool2d`: kernel [2], stride [2, 2], dilation [1], padding [0, 0, 0, 0]
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
%image = "nir.input"() : () -> !nir.signal<[1, 4, 4]> loc("image")
%conv = "nir.conv2d"(%image) {
  weight = dense<1.0> : tensor<1x1x3x3xf32>, bias = dense<0.0> : tensor<1xf32>, stride = array<i64: -1, 0>,
  padding = "valid", dilation = array<i64: 1, 1>, groups = 1 : i64
} : (!nir.signal<[1, 4, 4]>) -> !nir.signal<[1, 2, 2]> loc("negative stride")
%pool = "nir.sum_pool2d"(%image) {
  kernel_size = array<i64: 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0>
} : (!nir.signal<[1, 4, 4]>) -> !nir.signal<[1, 2, 2]> loc("kernel of one dimension")
"nir.output"(%conv, %pool) : (!nir.signal<[1, 2, 2]>, !nir.signal<[1, 2, 2]>) -> () loc("out")

// -----
// CHECK: error[ir-not-finite] node `threshold of NaN, infinite r`: a parameter is inf
// CHECK-NEXT: rule: parameters are finite numbers
// Numbers that are none.
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%lif = "nir.lif"(%in) {
  tau = dense<0.02> : tensor<2xf64>, r = dense<0x7FF0000000000000> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>, v_threshold = dense<0x7FF8000000000000> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("threshold of NaN, infinite r")
"nir.output"(%lif) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[nir-callee] node `second`: there is no module `@inner` that no other graph has
// CHECK-NEXT: rule: a nested graph has a module of its own beside it
// A module that two graphs call, and one that none calls.
module @inner {
  %in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
  "nir.output"(%in) : (!nir.signal<[2]>) -> () loc("out")
}
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%a = "nir.graph"(%in) {callee = @inner} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("first")
%b = "nir.graph"(%a) {callee = @inner} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("second")
"nir.output"(%b) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[nir-callee] node `nobody`: no graph names `@nobody`
// CHECK-NEXT: rule: every nested module is a graph's
module @nobody {
  %in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
  "nir.output"(%in) : (!nir.signal<[2]>) -> () loc("out")
}
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
"nir.output"(%in) : (!nir.signal<[2]>) -> () loc("out")
