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
// CHECK: error[ct-step]: `ct.step` is `"1e-4"`
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

// -----
// CHECK: error[ir-not-finite]: a parameter is inf
// CHECK-NEXT: rule: parameters are finite numbers
// Numbers that nir-to-ct would not have written.
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %a = "ct.delay"(%in) {delay = dense<0x7FF0000000000000> : tensor<2xf64>} : (!ct.current<[2]>) -> !ct.current<[2]> loc("infinite delay")
}

// -----
// CHECK: error[ct-delay-range] node `negative delay`: a delay is -5e3 steps of 1e-3 s
// CHECK-NEXT: rule: a delay is between 0 and a million steps
// CHECK-NEXT: fix:  check --dt and --tau-unit
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %a = "ct.delay"(%in) {delay = dense<-5.0> : tensor<2xf64>} : (!ct.current<[2]>) -> !ct.current<[2]> loc("negative delay")
}

// -----
// CHECK: error[ir-not-finite] node `r of NaN`: a parameter is NaN
// CHECK-NEXT: rule: parameters are finite numbers
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %a = "ct.neuron"(%in) {tau_mem = dense<1.0> : tensor<2xf64>, r = dense<0x7FF8000000000000> : tensor<2xf64>, reset = "none"}
    : (!ct.current<[2]>) -> !ct.current<[2]> loc("r of NaN")
  "ct.output"(%a) : (!ct.current<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ir-shape] node `subtract without threshold`: `ct.neuron`: a neuron that resets has a threshold
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %a = "ct.neuron"(%in) {tau_mem = dense<1.0> : tensor<2xf64>, r = dense<1.0> : tensor<2xf64>, reset = "subtract"}
    : (!ct.current<[2]>) -> !ct.current<[2]> loc("subtract without threshold")
  "ct.output"(%a) : (!ct.current<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ir-shape] node `padding of one, no group`: `ct.convolution`: 1 output channels in 0 groups
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[1, 4, 4]> loc("in")
  %c = "ct.convolution"(%in) {
    weight = dense<1.0> : tensor<1x1x3x3xf32>, stride = array<i64: 1, 1>, padding = array<i64: 1>,
    dilation = array<i64: 1, 1>, groups = 0 : i64
  } : (!ct.current<[1, 4, 4]>) -> !ct.current<[1, 2, 2]> loc("padding of one, no group")
  "ct.output"(%c) : (!ct.current<[1, 2, 2]>) -> () loc("out")
}

// -----
// CHECK: error[ct-type] node `form that is none`: it is neither
// CHECK-NEXT: rule: a value is spikes or a current
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.spikes<[2], "gauss", 1.0e-3 : f64> loc("form that is none")
}

// -----
// CHECK: error[ir-shape] node `weight of 2 x 3`: `ct.linear`: a weight of shape [2, 3] does not map [2] to [2]
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
// Tensors that do not fit.
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %a = "ct.linear"(%in) {weight = dense<1.0> : tensor<2x3xf32>} : (!ct.current<[2]>) -> !ct.current<[2]> loc("weight of 2 x 3")
  "ct.output"(%a) : (!ct.current<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ir-shape] node `three time constants`: `ct.neuron`: `tau_mem` has shape [3] for elements of shape [2]
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %a = "ct.neuron"(%in) {tau_mem = dense<[1.0, 2.0, 3.0]> : tensor<3xf64>, r = dense<1.0> : tensor<2xf64>, reset = "none"}
    : (!ct.current<[2]>) -> !ct.current<[2]> loc("three time constants")
  "ct.output"(%a) : (!ct.current<[2]>) -> () loc("out")
}
