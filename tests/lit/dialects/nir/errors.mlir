// Each module breaks one rule of the dialect; every one of them is reported.

// RUN: not nirc opt %s --split-input-file 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[ir-invalid] node `linear of two shapes`: expected '!nir.signal<[2]>' but got '!nir.signal<[3]>'
// A node takes values of one shape.
%two = "nir.input"() : () -> !nir.signal<[2]> loc("two")
%three = "nir.input"() : () -> !nir.signal<[3]> loc("three")
%sum = "nir.linear"(%two, %three) {weight = dense<1.0> : tensor<2x2xf32>}
  : (!nir.signal<[2]>, !nir.signal<[3]>) -> !nir.signal<[2]> loc("linear of two shapes")

// -----
// CHECK: error[ir-invalid] node `lif of two shapes`: expected '!nir.signal<[2]>' but got '!nir.signal<[3]>'
// A neuron keeps the shape of its input.
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%lif = "nir.lif"(%in) {
  tau = dense<1.0> : tensor<3xf64>, r = dense<1.0> : tensor<3xf64>, v_leak = dense<0.0> : tensor<3xf64>,
  v_threshold = dense<1.0> : tensor<3xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[3]> loc("lif of two shapes")

// -----
// CHECK: error[ir-invalid] node `affine without bias`: 'nir.affine' op attribute "bias" is expected but not provided
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%affine = "nir.affine"(%in) {weight = dense<1.0> : tensor<2x2xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("affine without bias")

// -----
// CHECK: error[ir-invalid] node `weight that is a list`: '[1.000000e+00, 2.000000e+00]' does not satisfy the constraint
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%linear = "nir.linear"(%in) {weight = [1.0, 2.0]}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("weight that is a list")

// -----
// CHECK: error[ir-invalid] node `padding that is a float`: '1.500000e+00 : f64' does not satisfy the constraint
%in = "nir.input"() : () -> !nir.signal<[1, 9]> loc("in")
%conv = "nir.conv1d"(%in) {
  weight = dense<1.0> : tensor<1x1x3xf32>, bias = dense<0.0> : tensor<1xf32>, stride = array<i64: 1>,
  padding = 1.5 : f64, dilation = array<i64: 1>, groups = 1 : i64
} : (!nir.signal<[1, 9]>) -> !nir.signal<[1, 9]> loc("padding that is a float")

// -----
// CHECK: error[ir-invalid] node `stride that is a list`: expected base attribute 'builtin.dense_array' but got 'builtin.array'
%in = "nir.input"() : () -> !nir.signal<[1, 9]> loc("in")
%conv = "nir.conv1d"(%in) {
  weight = dense<1.0> : tensor<1x1x3xf32>, bias = dense<0.0> : tensor<1xf32>, stride = [1],
  padding = "same", dilation = array<i64: 1>, groups = 1 : i64
} : (!nir.signal<[1, 9]>) -> !nir.signal<[1, 9]> loc("stride that is a list")

// -----
// CHECK: error[ir-invalid] node `callee that is a string`: expected base attribute 'builtin.symbol_ref' but got 'builtin.string'
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%graph = "nir.graph"(%in) {callee = "inner"} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("callee that is a string")

// -----
// CHECK: error[ir-invalid]: line [[#@LINE+1]]: expected base attribute 'builtin.array' but got 'builtin.integer'
%in = "nir.input"() : () -> !nir.signal<2> loc("shape that is a number")

// -----
// CHECK: error[ir-invalid] node `tensor`: expected base type 'nir.signal' but got 'tensor<2xf32>'
%in = "nir.input"() : () -> tensor<2xf32> loc("tensor")

// -----
// CHECK: error[ir-invalid] node `unknown op`: unregistered operation 'nir.izhikevich' found in dialect ('nir') that does not allow unknown operations
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%izhikevich = "nir.izhikevich"(%in) : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("unknown op")

// -----
// CHECK: error[ir-invalid]: line [[#@LINE+1]]: expected dynamic type
%in = "nir.input"() : () -> !nir.spikes<[2]> loc("unknown type")

// -----
// CHECK: error[ir-invalid]: line [[#@LINE+1]]: use of undeclared SSA value name
"nir.output"(%nothing) : (!nir.signal<[2]>) -> () loc("use of what nothing defines")

// -----
// CHECK: error[ir-invalid]: line [[#@LINE+2]]: custom op 'this' is unknown (tried 'builtin.this' as well)
%in = "nir.input"() : () -> !nir.signal<[2]>
this is not MLIR
