// The factors of a step. Euler: alpha = 1 - dt / tau. Exact: the numbers are those of exp(A dt) for
// the linear system of (i, v, x, 1), taken with 60 digits apart from nirc.

// RUN: nirc opt %s --ct-to-dt | FileCheck %s --check-prefixes=CHECK,EULER
// RUN: nirc opt %s --ct-to-dt=integration=exact | FileCheck %s --check-prefixes=CHECK,EXACT
// Exponential decay has Euler's gains.
// RUN: nirc opt %s --ct-to-dt=integration=exponential | FileCheck %s --check-prefixes=EXPONENTIAL
// EXPONENTIAL: "dt.neuron"({{.*}}) {alpha = dense<0.9048374180359{{[0-9]+}}> : tensor<2xf64>, beta = dense<0.951229424500714{{[0-9]+}}> : tensor<2xf64>
// EXPONENTIAL-SAME: current_gain = dense<1.500000e-01> : tensor<2xf64>, input_gain = dense<5.000000e-01> : tensor<2xf64>
// EXPONENTIAL-SAME: {{^}}, integration = "exponential", leak = dense<2.500000e-02> : tensor<2xf64>
// EXPONENTIAL-SAME: membrane_reads = "updated"

// CHECK: module attributes {dt.step = 1.000000e-03 : f64} {
module attributes {ct.step = 1.0e-3 : f64} {
  // CHECK-NEXT: "dt.input"
  %in = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("in")

  // EULER-NEXT: "dt.neuron"({{.*}}) {alpha = dense<9.000000e-01> : tensor<2xf64>, beta = dense<0.94999999999999996> : tensor<2xf64>
  // EULER-SAME: current_gain = dense<1.500000e-01> : tensor<2xf64>, input_gain = dense<5.000000e-01> : tensor<2xf64>
  // EULER-SAME: {{^}}, integration = "euler", leak = dense<2.500000e-02> : tensor<2xf64>
  // EULER-SAME: membrane_reads = "updated"
  // EXACT-NEXT: "dt.neuron"({{.*}}) {alpha = dense<0.9048374180359{{[0-9]+}}> : tensor<2xf64>, beta = dense<0.951229424500714{{[0-9]+}}> : tensor<2xf64>
  // EXACT-SAME: current_gain = dense<0.139176019394263{{[0-9]*}}> : tensor<2xf64>, input_gain = dense<0.475812909820202{{[0-9]+}}> : tensor<2xf64>
  // EXACT-SAME: {{^}}, input_to_membrane = dense<0.03567853551797{{[0-9]+}}> : tensor<2xf64>, integration = "exact", leak = dense<0.0243852877496{{[0-9]+}}> : tensor<2xf64>
  // EXACT-SAME: membrane_reads = "previous"
  %cuba = "ct.neuron"(%in) {
    tau_syn = dense<1.0e-2> : tensor<2xf64>, w_in = dense<5.0> : tensor<2xf64>,
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<3.0> : tensor<2xf64>,
    v_leak = dense<0.5> : tensor<2xf64>, reset = "none"
  } : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("tau_syn below tau_mem")

  // Neuron 0: tau_syn above tau_mem; neuron 1: both equal, where the closed form divides zero by zero.
  // EXACT-NEXT: current_gain = dense<[0.278352038788526{{[0-9]+}}, 0.271451225410787{{[0-9]+}}]> : tensor<2xf64>
  // EXACT-SAME: input_to_membrane = dense<[0.03567853551797{{[0-9]+}}, 0.0701826024066{{[0-9]+}}]> : tensor<2xf64>
  // EULER-NEXT: current_gain = dense<3.000000e-01> : tensor<2xf64>, input_gain = dense<[2.500000e-01, 5.000000e-01]> : tensor<2xf64>
  %near = "ct.neuron"(%cuba) {
    tau_syn = dense<[2.0e-2, 1.0e-2]> : tensor<2xf64>, w_in = dense<5.0> : tensor<2xf64>,
    tau_mem = dense<1.0e-2> : tensor<2xf64>, r = dense<3.0> : tensor<2xf64>,
    v_leak = dense<0.0> : tensor<2xf64>, reset = "none"
  } : (!ct.current<[2]>) -> !ct.current<[2]> loc("others")

  // Without a synaptic filter the membrane takes the input itself.
  // EULER-NEXT: "dt.neuron"({{.*}}) {beta = dense<0.94999999999999996> : tensor<2xf64>
  // EULER-SAME: current_gain = dense<1.500000e-01> : tensor<2xf64>, integration = "euler", leak = dense<2.500000e-02>
  // EXACT-NEXT: "dt.neuron"({{.*}}) {beta = dense<0.951229424500714{{[0-9]+}}> : tensor<2xf64>
  // EXACT-SAME: current_gain = dense<0.146311726497857{{[0-9]+}}> : tensor<2xf64>, integration = "exact", leak = dense<0.0243852877496{{[0-9]+}}> : tensor<2xf64>
  // EXACT-SAME: membrane_reads = "updated"
  %li = "ct.neuron"(%near) {
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<3.0> : tensor<2xf64>,
    v_leak = dense<0.5> : tensor<2xf64>, reset = "none"
  } : (!ct.current<[2]>) -> !ct.current<[2]> loc("li")

  // Without tau_mem nothing leaks, and Euler is exact.
  // CHECK-NEXT: "dt.neuron"({{.*}}) {beta = dense<1.000000e+00> : tensor<2xf64>
  // CHECK-SAME: current_gain = dense<3.000000e-02> : tensor<2xf64>, integration =
  // CHECK-NOT: leak
  %i = "ct.neuron"(%li) {r = dense<30.0> : tensor<2xf64>, reset = "none"}
    : (!ct.current<[2]>) -> !ct.current<[2]> loc("i")

  // CHECK: "dt.neuron"
  // EXACT-SAME: alpha = dense<0.9048374180359{{[0-9]+}}> : tensor<2xf64>, beta = dense<1.000000e+00> : tensor<2xf64>
  // EXACT-SAME: current_gain = dense<0.028548774589212{{[0-9]+}}> : tensor<2xf64>
  // EXACT-SAME: input_to_membrane = dense<0.00725612705393{{[0-9]+}}> : tensor<2xf64>
  %filtered = "ct.neuron"(%i) {
    tau_syn = dense<1.0e-2> : tensor<2xf64>, w_in = dense<5.0> : tensor<2xf64>,
    r = dense<30.0> : tensor<2xf64>, reset = "none"
  } : (!ct.current<[2]>) -> !ct.current<[2]> loc("filter and integrator")

  // A filter alone, w_in left out: 1. v = i has no factor.
  // EULER: "dt.neuron"({{.*}}) {alpha = dense<9.000000e-01> : tensor<2xf64>, compare = ">", comparison_reads = "updated", input_gain = dense<1.000000e-01> : tensor<2xf64>, integration = "euler", max_spikes
  // EXACT: "dt.neuron"({{.*}}) {alpha = dense<0.9048374180359{{[0-9]+}}> : tensor<2xf64>, compare = ">", comparison_reads = "updated", input_gain = dense<0.09516258196404{{[0-9]+}}> : tensor<2xf64>, integration = "exact", max_spikes
  %synapse = "ct.neuron"(%filtered) {tau_syn = dense<1.0e-2> : tensor<2xf64>, reset = "none"}
    : (!ct.current<[2]>) -> !ct.current<[2]> loc("synapse")

  // A threshold alone.
  // CHECK-NEXT: "dt.neuron"({{.*}}) {compare = ">", comparison_reads = "updated", integration = "{{.*}}", max_spikes = 1 : i64, membrane_reads = "updated", reset = "none", reset_timing = "same-step", v_threshold = dense<2.500000e-01> : tensor<2xf64>}
  %threshold = "ct.neuron"(%synapse) {v_threshold = dense<0.25> : tensor<2xf64>, reset = "none"}
    : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("threshold")
  "ct.output"(%threshold) : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> () loc("out")
}
