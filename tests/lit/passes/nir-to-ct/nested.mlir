// A nested graph is joined with the graph around it; its nodes keep their paths.

// RUN: nirc opt %s --nir-to-ct=dt=1e-4 2>/dev/null | FileCheck %s
// CHECK: module attributes {ct.step = 1.000000e-04 : f64} {
// CHECK-NEXT: %[[A:[0-9]+]] = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.000000e-04 : f64>
// CHECK-NEXT: %[[B:[0-9]+]] = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.000000e-04 : f64>
// CHECK-NEXT: %[[OUTER_LIF:[0-9]+]] = "ct.sum"(%[[A]]) : (!ct.spikes<[2], "pulse", 1.000000e-04 : f64>) -> !ct.current<[2]>
// CHECK-NEXT: %[[OUTER_LIF_SUM:[0-9]+]] = "ct.sum"(%[[B]]) : (!ct.spikes<[2], "pulse", 1.000000e-04 : f64>) -> !ct.current<[2]>
// CHECK-NEXT: %[[OUTER_LIF_SUM_2:[0-9]+]] = "ct.sum"(%[[OUTER_LIF]], %[[OUTER_LIF_SUM]], %[[OUTER_INNER_SCALE:[0-9]+]]) : (!ct.current<[2]>, !ct.current<[2]>, !ct.current<[2]>) -> !ct.current<[2]>
// CHECK-NEXT: %[[OUTER_LIF_NEURON:[0-9]+]] = "ct.neuron"(%[[OUTER_LIF_SUM_2]]) {r = dense<2.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, reset = "subtract", tau_mem = dense<2.000000e-02> : tensor<2xf32>
// CHECK-SAME: {{^}}, v_leak = dense<0.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, v_threshold = dense<1.000000e+00> : tensor<2xf32>}
// CHECK-SAME: {{^}} : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.000000e-04 : f64>
// CHECK-NEXT: %[[OUTER_INNER_SCALE]] = "ct.scale"(%[[OUTER_LIF_NEURON]]) {scale = dense<5.000000e-01> : tensor<2xf32>}
// CHECK-SAME: {{^}} : (!ct.spikes<[2], "pulse", 1.000000e-04 : f64>) -> !ct.current<[2]>
// CHECK-NEXT: %[[OUT:[0-9]+]] = "ct.sum"(%[[OUTER_LIF_NEURON]]) : (!ct.spikes<[2], "pulse", 1.000000e-04 : f64>) -> !ct.current<[2]>
// CHECK-NEXT: %[[OUT_SUM:[0-9]+]] = "ct.sum"(%[[OUT]], %[[OUTER_INNER_SCALE]]) : (!ct.current<[2]>, !ct.current<[2]>) -> !ct.current<[2]>
// CHECK-NEXT: "ct.output"(%[[OUT_SUM]]) : (!ct.current<[2]>) -> ()
// CHECK-NEXT: }
// CHECK: loc("outer/inner/scale")

module @outer {
  module @inner {
    %in = "nir.input"() : () -> !nir.signal<[2]> loc("outer/inner/in")
    %scale = "nir.scale"(%in) {scale = dense<0.5> : tensor<2xf32>}
      : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("outer/inner/scale")
    "nir.output"(%scale) : (!nir.signal<[2]>) -> () loc("outer/inner/out")
  }
  %in = "nir.input"() : () -> !nir.signal<[2]> loc("outer/in")
  // Recurrent through the inner graph.
  %lif = "nir.lif"(%in, %inner) {
    tau = dense<0.02> : tensor<2xf32>, r = dense<2.0> : tensor<2xf32>, v_leak = dense<0.0> : tensor<2xf32>,
    v_threshold = dense<1.0> : tensor<2xf32>
  } : (!nir.signal<[2]>, !nir.signal<[2]>) -> !nir.signal<[2]> loc("outer/lif")
  %inner = "nir.graph"(%lif) {callee = @inner} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("outer/inner")
  // Two values leave, which is their sum outside.
  "nir.output"(%lif, %inner) : (!nir.signal<[2]>, !nir.signal<[2]>) -> () loc("outer/out")
}
%a = "nir.input"() : () -> !nir.signal<[2]> loc("a")
%b = "nir.input"() : () -> !nir.signal<[2]> loc("b")
%outer = "nir.graph"(%a, %b) {callee = @outer}
  : (!nir.signal<[2]>, !nir.signal<[2]>) -> !nir.signal<[2]> loc("outer")
"nir.output"(%outer) : (!nir.signal<[2]>) -> () loc("out")
