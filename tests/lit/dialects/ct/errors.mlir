// Each module breaks one rule of the dialect; every one of them is reported.

// RUN: not nirc opt %s --split-input-file 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[ir-invalid] node `spikes out of linear`: expected base type 'ct.current' but got '!ct.spikes<[2], "pulse", 1.000000e-04 : f64>'
// What leaves a linear map is a current.
%in = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.0e-4 : f64> loc("in")
%fc = "ct.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>}
  : (!ct.spikes<[2], "pulse", 1.0e-4 : f64>) -> !ct.spikes<[2], "pulse", 1.0e-4 : f64> loc("spikes out of linear")

// -----
// CHECK: error[ir-invalid] node `sum of two types`: expected '!ct.spikes<[2], "pulse", 1.000000e-04 : f64>' but got '!ct.current<[2]>'
%spikes = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.0e-4 : f64> loc("spikes")
%current = "ct.input"() : () -> !ct.current<[2]> loc("current")
%sum = "ct.sum"(%spikes, %current)
  : (!ct.spikes<[2], "pulse", 1.0e-4 : f64>, !ct.current<[2]>) -> !ct.current<[2]> loc("sum of two types")

// -----
// CHECK: error[ir-invalid] node `scale that changes the shape`: expected '[2]' but got '[3]'
%in = "ct.input"() : () -> !ct.current<[2]> loc("in")
%scale = "ct.scale"(%in) {scale = dense<1.0> : tensor<2xf32>}
  : (!ct.current<[2]>) -> !ct.current<[3]> loc("scale that changes the shape")

// -----
// CHECK: error[ir-invalid] node `neuron without reset`: 'ct.neuron' op attribute "reset" is expected but not provided
%in = "ct.input"() : () -> !ct.current<[2]> loc("in")
%lif = "ct.neuron"(%in) {r = dense<1.0> : tensor<2xf64>}
  : (!ct.current<[2]>) -> !ct.current<[2]> loc("neuron without reset")

// -----
// CHECK: error[ir-invalid] node `reset that is a number`: expected base attribute 'builtin.string' but got 'builtin.integer'
%in = "ct.input"() : () -> !ct.current<[2]> loc("in")
%lif = "ct.neuron"(%in) {r = dense<1.0> : tensor<2xf64>, reset = 0 : i64}
  : (!ct.current<[2]>) -> !ct.current<[2]> loc("reset that is a number")

// -----
// CHECK: error[ir-invalid] node `weight that is a float`: '1.000000e+00 : f32' does not satisfy the constraint
%in = "ct.input"() : () -> !ct.current<[2]> loc("in")
%fc = "ct.linear"(%in) {weight = 1.0 : f32}
  : (!ct.current<[2]>) -> !ct.current<[2]> loc("weight that is a float")

// -----
// CHECK: error[ir-invalid] node `pool without padding`: 'ct.pool' op attribute "padding" is expected but not provided
%in = "ct.input"() : () -> !ct.current<[2, 4, 4]> loc("in")
%pool = "ct.pool"(%in) {kind = "sum", kernel_size = array<i64: 2, 2>, stride = array<i64: 2, 2>}
  : (!ct.current<[2, 4, 4]>) -> !ct.current<[2, 2, 2]> loc("pool without padding")

// -----
// CHECK: error[ir-invalid] node `bias of two`: op expects exactly 1 operands, but got 2
%a = "ct.input"() : () -> !ct.current<[2]> loc("a")
%b = "ct.bias"(%a, %a) {bias = dense<1.0> : tensor<2xf32>}
  : (!ct.current<[2]>, !ct.current<[2]>) -> !ct.current<[2]> loc("bias of two")

// -----
// CHECK: error[ir-invalid]: line [[#@LINE+1]]: expected 3 type arguments, but had 2
%in = "ct.input"() : () -> !ct.spikes<[2], "pulse"> loc("spikes without area")

// -----
// CHECK: error[ir-invalid]: line [[#@LINE+1]]: expected base attribute 'builtin.float' but got 'builtin.integer'
%in = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1 : i64> loc("area that is an integer")

// -----
// CHECK: error[ir-invalid] node `type of another dialect`: '!nir.signal<[2]>' does not satisfy the constraint
%in = "ct.input"() : () -> !nir.signal<[2]> loc("type of another dialect")

// -----
// CHECK: error[ir-invalid] node `unknown op`: unregistered operation 'ct.affine' found in dialect ('ct') that does not allow unknown operations
%in = "ct.input"() : () -> !ct.current<[2]> loc("in")
%affine = "ct.affine"(%in) : (!ct.current<[2]>) -> !ct.current<[2]> loc("unknown op")
