// What has no meaning is refused, all of it at once.

// RUN: not nirc opt %s --split-input-file --nir-to-ct='dt=1e-4 reset=subtract' 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[nir-delay] node `negative delay`: a delay is negative or not a number
// CHECK-NEXT: rule: a delay is not negative
// CHECK: error[nir-tau] node `tau and threshold of zero`: tau_mem is 0
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
// CHECK: error[nir-tau] node `negative tau_syn, tau_mem that is no number`: tau_syn is -0.001
// CHECK-NEXT: rule: a time constant is positive
// CHECK: error[nir-tau] node `negative tau_syn, tau_mem that is no number`: tau_mem is NaN
// CHECK-NEXT: rule: a time constant is positive
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%li = "nir.cuba_li"(%in) {
  tau_syn = dense<-1.0e-3> : tensor<2xf64>, tau_mem = dense<0x7FF8000000000000> : tensor<2xf64>,
  r = dense<1.0> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("negative tau_syn, tau_mem that is no number")
"nir.output"(%li) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[nir-no-input] node `without input`: it has none
// CHECK-NEXT: rule: every node but an input has an incoming edge
%lif = "nir.scale"() {scale = dense<1.0> : tensor<2xf32>} : () -> !nir.signal<[2]> loc("without input")
"nir.output"(%lif) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[nir-callee] node `graph`: there is no module `@nowhere`
// CHECK-NEXT: rule: a nested graph's module stands beside it
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%graph = "nir.graph"(%in) {callee = @nowhere} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("graph")
"nir.output"(%in) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[nir-empty]: it has none
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
// CHECK: error[nir-empty]: it has none
// CHECK-NEXT: rule: a graph has nodes
// Another level.
%in = "ct.input"() : () -> !ct.current<[2]> loc("in")
"ct.output"(%in) : (!ct.current<[2]>) -> () loc("out")
