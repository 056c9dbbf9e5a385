// The step: given, or the one that the file's factors give (w_in dt / tau_syn = 1, r dt / tau_mem = 1,
// r dt = 1).

// RUN: not nirc opt %s --split-input-file --nir-to-ct 2>&1 | FileCheck %s --implicit-check-not='error['
// RUN: nirc opt %s --split-input-file --nir-to-ct=dt=2e-4 2>%t.given | FileCheck %s --check-prefix=GIVEN
// RUN: FileCheck %s --check-prefix=GIVEN-LOG --input-file=%t.given --implicit-check-not=nir-step

// tau_syn / w_in = 1e-3 / 10 and tau_mem / r = 2e-3 / 20, both 1e-4.
// CHECK: warning[nir-step]: the step is 1e-4 s: w_in*dt/tau_syn = 1 gives it for every neuron
// CHECK-NEXT: rule: the step is known
// CHECK-NEXT: why: NIR has no field for the step; exporters of discrete-time frameworks fold it into these factors
// CHECK-NEXT: fix: settle it with --dt 1e-4
// GIVEN: module attributes {ct.step = 2.000000e-04 : f64}
// GIVEN-LOG: warning[nir-step]: the step is 2e-4 s by option; w_in*dt/tau_syn = 1 gives 1e-4 s
// GIVEN-LOG-NEXT: rule: the step is known
// GIVEN-LOG-NEXT: why: the file's factors were made for another step, so its weights act with another strength
// GIVEN-LOG-NEXT: fix: use --dt 1e-4 unless the model is meant to run at another step
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%li = "nir.cuba_li"(%in) {
  tau_syn = dense<1.0e-3> : tensor<2xf32>, tau_mem = dense<2.0e-3> : tensor<2xf32>,
  r = dense<20.0> : tensor<2xf32>, v_leak = dense<0.0> : tensor<2xf32>, w_in = dense<10.0> : tensor<2xf32>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("li")
"nir.output"(%li) : (!nir.signal<[2]>) -> () loc("out")

// -----
// Per neuron: 2e-3 / 4 and 3e-3 / 6.
// CHECK: warning[nir-step]: the step is 5e-4 s: r*dt/tau_mem = 1 gives it for every neuron
// GIVEN: module attributes {ct.step = 2.000000e-04 : f64}
// GIVEN-LOG: warning[nir-step]: the step is 2e-4 s by option; r*dt/tau_mem = 1 gives 5e-4 s
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%li = "nir.li"(%in) {
  tau = dense<[2.0e-3, 3.0e-3]> : tensor<2xf64>, r = dense<[4.0, 6.0]> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("li")
"nir.output"(%li) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: warning[nir-step]: the step is 1e-3 s: r*dt = 1 gives it for every neuron
// GIVEN: module attributes {ct.step = 2.000000e-04 : f64}
// GIVEN-LOG: warning[nir-step]: the step is 2e-4 s by option; r*dt = 1 gives 1e-3 s
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%i = "nir.i"(%in) {r = dense<1000.0> : tensor<2xf64>} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("i")
"nir.output"(%i) : (!nir.signal<[2]>) -> () loc("out")

// -----
// r = 1 is a gain of 1: it says nothing of the step. No warning under dt=.
// CHECK: error[nir-step-missing]: the file does not say its step, and its factors give none
// CHECK-NEXT: rule: the step is known
// CHECK-NEXT: why: decay and gain per step follow from it
// CHECK-NEXT: fix: give the step that the model was trained with, in seconds: --dt 1e-4
// GIVEN: module attributes {ct.step = 2.000000e-04 : f64}
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%li = "nir.li"(%in) {
  tau = dense<2.0e-3> : tensor<2xf64>, r = dense<1.0> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("li")
"nir.output"(%li) : (!nir.signal<[2]>) -> () loc("out")

// -----
// Neurons that disagree give no step.
// CHECK: error[nir-step-missing]: the file does not say its step, and its factors give none
// GIVEN: module attributes {ct.step = 2.000000e-04 : f64}
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%li = "nir.li"(%in) {
  tau = dense<2.0e-3> : tensor<2xf64>, r = dense<[2.0, 4.0]> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("li")
"nir.output"(%li) : (!nir.signal<[2]>) -> () loc("out")

// -----
// CHECK: error[nir-step-ambiguous]: the file's factors give several steps: w_in*dt/tau_syn = 1 gives 1e-4 s, r*dt/tau_mem = 1 gives 5e-4 s
// CHECK-NEXT: rule: the step is known
// CHECK-NEXT: why: decay and gain per step follow from it
// CHECK-NEXT: fix: give the step that the model was trained with, in seconds: --dt 1e-4
// GIVEN: module attributes {ct.step = 2.000000e-04 : f64}
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%li = "nir.cuba_li"(%in) {
  tau_syn = dense<1.0e-3> : tensor<2xf64>, tau_mem = dense<2.0e-3> : tensor<2xf64>,
  r = dense<4.0> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>, w_in = dense<10.0> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("li")
"nir.output"(%li) : (!nir.signal<[2]>) -> () loc("out")
