// RUN: not nirc opt %s --split-input-file --ct-to-dt 2>&1 | FileCheck %s --implicit-check-not='error[' --implicit-check-not='warning['

// CHECK: warning[dt-no-memory] node `no memory`: tau_mem equals the step of 1e-2 s: the state is forgotten every step
// CHECK-NEXT: rule: forward Euler's step is shorter than every time constant
// CHECK-NEXT: fix:  check --dt and --tau-unit
// CHECK: error[dt-euler-unstable] node `unstable`: tau_syn = 4e-3 s with a step of 1e-2 s gives a decay factor of -1.5000
// CHECK-NEXT: rule: forward Euler's step is shorter than every time constant
// CHECK-NEXT: why:  the state would change its sign every step
// CHECK-NEXT: fix:  use a shorter --dt, --integration exact, or check --tau-unit
// CHECK: error[dt-euler-unstable] node `unstable`: tau_mem = 5e-3 s with a step of 1e-2 s gives a decay factor of -1.0000
// CHECK-NEXT: rule: forward Euler's step is shorter than every time constant
// CHECK-NEXT: why:  the state would change its sign every step
// CHECK-NEXT: fix:  use a shorter --dt, --integration exact, or check --tau-unit
// Euler with a step above a time constant flips the state each step; all of them are named.
module attributes {ct.step = 1.0e-2 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %li = "ct.neuron"(%in) {
    tau_syn = dense<4.0e-3> : tensor<2xf64>, tau_mem = dense<[2.0e-2, 5.0e-3]> : tensor<2xf64>,
    r = dense<1.0> : tensor<2xf64>, reset = "none"
  } : (!ct.current<[2]>) -> !ct.current<[2]> loc("unstable")
  %same = "ct.neuron"(%li) {tau_mem = dense<1.0e-2> : tensor<2xf64>, r = dense<1.0> : tensor<2xf64>, reset = "none"}
    : (!ct.current<[2]>) -> !ct.current<[2]> loc("no memory")
  "ct.output"(%same) : (!ct.current<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ct-step]: the module has no attribute `ct.step`
// CHECK-NEXT: rule: a module of level ct says its step
// CHECK-NEXT: fix:  run nir-to-ct, or write `module attributes {ct.step = 1.0e-4 : f64}`
%in = "ct.input"() : () -> !ct.current<[2]> loc("in")
"ct.output"(%in) : (!ct.current<[2]>) -> () loc("out")

// -----
// CHECK: error[ct-step]: it is 0
// CHECK-NEXT: rule: the step is positive
module attributes {ct.step = 0.0 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  "ct.output"(%in) : (!ct.current<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ct-step]: the module has no attribute `ct.step`
// CHECK-NEXT: rule: a module of level ct says its step
// CHECK-NEXT: fix:  run nir-to-ct, or write `module attributes {ct.step = 1.0e-4 : f64}`
module attributes {ct.step = "1e-4"} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  "ct.output"(%in) : (!ct.current<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ir-attribute] node `reset`: attribute `reset` of `ct.neuron` is `"to zero"`, it should be one of the words: value subtract none
// CHECK-NEXT: rule: an op has the attributes that its dialect asks for
// CHECK: error[ir-attribute] node `pool`: attribute `kind` of `ct.pool` is `"max"`, it should be one of the words: sum average
// CHECK-NEXT: rule: an op has the attributes that its dialect asks for
// Words that the definition takes for a string and the pass does not know.
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %li = "ct.neuron"(%in) {reset = "to zero"} : (!ct.current<[2]>) -> !ct.current<[2]> loc("reset")
  %image = "ct.input"() : () -> !ct.current<[2, 4, 4]> loc("image")
  %pool = "ct.pool"(%image) {
    kind = "max", kernel_size = array<i64: 2, 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>
  } : (!ct.current<[2, 4, 4]>) -> !ct.current<[2, 2, 2]> loc("pool")
  "ct.output"(%li) : (!ct.current<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ir-level] node `late`: `dt.input` is not an op of dialect `ct`
// CHECK-NEXT: rule: a pass reads a module of one level
// CHECK-NEXT: fix:  run the passes in order: nir-to-ct, ct-to-dt, dt-to-quant, quant-to-hw
// CHECK: error[ir-level] node `out`: `dt.output` is not an op of dialect `ct`
// CHECK-NEXT: rule: a pass reads a module of one level
// CHECK-NEXT: fix:  run the passes in order: nir-to-ct, ct-to-dt, dt-to-quant, quant-to-hw
// Another level within.
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %late = "dt.input"() : () -> !dt.current<[2]> loc("late")
  "ct.output"(%in) : (!ct.current<[2]>) -> () loc("out")
  "dt.output"(%late) : (!dt.current<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ir-weights-missing] node `li`: tensor `li.tau` is not in the file: its weights were elided
// CHECK-NEXT: rule: the tensors that a module names are with it
// CHECK-NEXT: fix:  write the IR with `--print-weights`
// Weights that are not in the file.
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[32]> loc("in")
  %li = "ct.neuron"(%in) {
    tau_mem = dense_resource<"li.tau"> : tensor<32xf64>, r = dense<1.0> : tensor<32xf64>, reset = "none"
  } : (!ct.current<[32]>) -> !ct.current<[32]> loc("li")
  "ct.output"(%li) : (!ct.current<[32]>) -> () loc("out")
}
