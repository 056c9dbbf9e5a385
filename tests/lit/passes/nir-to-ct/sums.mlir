// Several incoming edges are a sum; only ct.sum has several operands.

// RUN: nirc opt %s --nir-to-ct=dt=1e-4 2>/dev/null | FileCheck %s
// CHECK: module attributes {ct.step = 1.000000e-04 : f64} {
// CHECK-NEXT: %[[A:[0-9]+]] = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.000000e-04 : f64>
// CHECK-NEXT: %[[B:[0-9]+]] = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.000000e-04 : f64>
// CHECK-NEXT: %[[FC:[0-9]+]] = "ct.sum"(%[[A]], %[[B]]) : (!ct.spikes<[2], "pulse", 1.000000e-04 : f64>, !ct.spikes<[2], "pulse", 1.000000e-04 : f64>) -> !ct.current<[2]>
// CHECK-NEXT: %[[FC_LINEAR:[0-9]+]] = "ct.linear"(%[[FC]]) {weight = dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00{{\]\]}}> : tensor<2x2xf32>}
// CHECK-SAME: {{^}} : (!ct.current<[2]>) -> !ct.current<[2]>
// CHECK-NEXT: %[[LI:[0-9]+]] = "ct.sum"(%[[B]]) : (!ct.spikes<[2], "pulse", 1.000000e-04 : f64>) -> !ct.current<[2]>
// CHECK-NEXT: %[[LI_SUM:[0-9]+]] = "ct.sum"(%[[B]]) : (!ct.spikes<[2], "pulse", 1.000000e-04 : f64>) -> !ct.current<[2]>
// CHECK-NEXT: %[[LI_SUM_2:[0-9]+]] = "ct.sum"(%[[FC_LINEAR]], %[[LI]], %[[LI_SUM]]) : (!ct.current<[2]>, !ct.current<[2]>, !ct.current<[2]>) -> !ct.current<[2]>
// CHECK-NEXT: %[[LI_NEURON:[0-9]+]] = "ct.neuron"(%[[LI_SUM_2]]) {r = dense<2.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, reset = "none", tau_mem = dense<2.000000e-02> : tensor<2xf32>
// CHECK-SAME: {{^}}, v_leak = dense<0.000000e+00> : tensor<2xf32>}
// CHECK-SAME: {{^}} : (!ct.current<[2]>) -> !ct.current<[2]>
// CHECK-NEXT: %[[OUT:[0-9]+]] = "ct.sum"(%[[LI_NEURON]], %[[FC_LINEAR]]) : (!ct.current<[2]>, !ct.current<[2]>) -> !ct.current<[2]>
// CHECK-NEXT: "ct.output"(%[[OUT]]) : (!ct.current<[2]>) -> ()
// CHECK-NEXT: }

%a = "nir.input"() : () -> !nir.signal<[2]> loc("a")
%b = "nir.input"() : () -> !nir.signal<[2]> loc("b")
// Spikes and spikes.
%fc = "nir.linear"(%a, %b) {weight = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>}
  : (!nir.signal<[2]>, !nir.signal<[2]>) -> !nir.signal<[2]> loc("fc")
// A current and, twice, the same spikes: a sum of one turns spikes into a current.
%li = "nir.li"(%fc, %b, %b) {
  tau = dense<0.02> : tensor<2xf32>, r = dense<2.0> : tensor<2xf32>, v_leak = dense<0.0> : tensor<2xf32>
} : (!nir.signal<[2]>, !nir.signal<[2]>, !nir.signal<[2]>) -> !nir.signal<[2]> loc("li")
// Currents and currents.
"nir.output"(%li, %fc) : (!nir.signal<[2]>, !nir.signal<[2]>) -> () loc("out")
