// Each module breaks one rule of the dialect; every one of them is reported.

// RUN: not nirc opt %s --split-input-file 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[ir-invalid] node `spikes out of linear`: expected base type 'dt.current' but got '!dt.spikes<[2]>'
%in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
%fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>}
  : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("spikes out of linear")

// -----
// CHECK: error[ir-invalid] node `sum of two types`: expected '!dt.spikes<[2]>' but got '!dt.current<[2]>'
%spikes = "dt.input"() : () -> !dt.spikes<[2]> loc("spikes")
%current = "dt.input"() : () -> !dt.current<[2]> loc("current")
%sum = "dt.sum"(%spikes, %current)
  : (!dt.spikes<[2]>, !dt.current<[2]>) -> !dt.current<[2]> loc("sum of two types")

// -----
// CHECK: error[ir-invalid] node `register without steps`: 'dt.register' op attribute "steps" is expected but not provided
%in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
%late = "dt.register"(%in) : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("register without steps")

// -----
// CHECK: error[ir-invalid] node `register with a number for a tensor`: '1 : i64' does not satisfy the constraint
%in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
%late = "dt.register"(%in) {steps = 1 : i64}
  : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("register with a number for a tensor")

// -----
// CHECK: error[ir-invalid] node `register that changes the shape`: '!dt.spikes<[3]>' does not satisfy the constraint
%in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
%late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>}
  : (!dt.spikes<[2]>) -> !dt.spikes<[3]> loc("register that changes the shape")

// -----
// CHECK: error[ir-invalid] node `neuron without max_spikes`: 'dt.neuron' op attribute "max_spikes" is expected but not provided
%in = "dt.input"() : () -> !dt.current<[2]> loc("in")
%lif = "dt.neuron"(%in) {
  integration = "euler", membrane_reads = "updated", compare = ">", comparison_reads = "updated", reset = "none",
  reset_timing = "same-step"
} : (!dt.current<[2]>) -> !dt.current<[2]> loc("neuron without max_spikes")

// -----
// CHECK: error[ir-invalid] node `compare that is a truth value`: expected base attribute 'builtin.string' but got 'builtin.integer'
%in = "dt.input"() : () -> !dt.current<[2]> loc("in")
%lif = "dt.neuron"(%in) {
  integration = "euler", membrane_reads = "updated", compare = true, comparison_reads = "updated", reset = "none",
  reset_timing = "same-step", max_spikes = 1 : i64
} : (!dt.current<[2]>) -> !dt.current<[2]> loc("compare that is a truth value")

// -----
// CHECK: error[ir-invalid]: line [[#@LINE+1]]: expected 1 type arguments, but had 2
%in = "dt.input"() : () -> !dt.spikes<[2], "pulse"> loc("spikes with a form")

// -----
// CHECK: error[ir-invalid] node `unknown op`: unregistered operation 'dt.delay' found in dialect ('dt') that does not allow unknown operations
%in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
%delay = "dt.delay"(%in) {delay = dense<1.0> : tensor<2xf64>}
  : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("unknown op")
