// Every neuron of NIR, and the threshold, becomes the one ct.neuron.

// RUN: nirc opt %s --nir-to-ct='dt=1e-4 reset=subtract' 2>%t.log | FileCheck %s
// RUN: FileCheck %s --check-prefix=LOG --input-file=%t.log --implicit-check-not='error[' --implicit-check-not='warning['

// LOG: note[nir-tau-unit]: time constants and delays are read as seconds
// LOG: note[nir-spike]: a spike is a pulse of amplitude 1 for one step (1e-4 s)
// LOG: note[nir-input-signal]: `in` takes spikes

// CHECK: module attributes {ct.step = 1.000000e-04 : f64} {
// CHECK-NEXT: %[[IN:[0-9]+]] = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.000000e-04 : f64>
// CHECK-NEXT: %[[I:[0-9]+]] = "ct.neuron"(%[[IN]]) {r = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-SAME: {{^}}, reset = "none"}
// CHECK-SAME: {{^}} : (!ct.spikes<[2], "pulse", 1.000000e-04 : f64>) -> !ct.current<[2]>
// CHECK-NEXT: %[[LI:[0-9]+]] = "ct.neuron"(%[[I]]) {r = dense<2.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, reset = "none", tau_mem = dense<2.000000e-02> : tensor<2xf32>
// CHECK-SAME: {{^}}, v_leak = dense<5.000000e-01> : tensor<2xf32>}
// CHECK-SAME: {{^}} : (!ct.current<[2]>) -> !ct.current<[2]>
// CHECK-NEXT: %[[IF:[0-9]+]] = "ct.neuron"(%[[LI]]) {r = dense<3.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, reset = "subtract", v_threshold = dense<1.500000e+00> : tensor<2xf32>}
// CHECK-SAME: {{^}} : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.000000e-04 : f64>
// CHECK-NEXT: %[[LIF:[0-9]+]] = "ct.neuron"(%[[IF]]) {r = dense<2.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, reset = "subtract", tau_mem = dense<2.000000e-02> : tensor<2xf32>
// CHECK-SAME: {{^}}, v_leak = dense<0.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, v_threshold = dense<1.000000e+00> : tensor<2xf32>}
// CHECK-SAME: {{^}} : (!ct.spikes<[2], "pulse", 1.000000e-04 : f64>) -> !ct.spikes<[2], "pulse", 1.000000e-04 : f64>
// CHECK-NEXT: %[[CUBA_LI:[0-9]+]] = "ct.neuron"(%[[LIF]]) {r = dense<2.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, reset = "none", tau_mem = dense<2.000000e-02> : tensor<2xf32>
// CHECK-SAME: {{^}}, tau_syn = dense<0.00999999977> : tensor<2xf32>
// CHECK-SAME: {{^}}, v_leak = dense<0.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, w_in = dense<1.000000e+00> : tensor<2xf64>}
// CHECK-SAME: {{^}} : (!ct.spikes<[2], "pulse", 1.000000e-04 : f64>) -> !ct.current<[2]>
// CHECK-NEXT: %[[CUBA_LIF:[0-9]+]] = "ct.neuron"(%[[CUBA_LI]]) {r = dense<2.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, reset = "subtract", tau_mem = dense<2.000000e-02> : tensor<2xf32>
// CHECK-SAME: {{^}}, tau_syn = dense<0.00999999977> : tensor<2xf32>
// CHECK-SAME: {{^}}, v_leak = dense<0.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, v_threshold = dense<1.000000e+00> : tensor<2xf32>
// CHECK-SAME: {{^}}, w_in = dense<4.000000e+00> : tensor<2xf32>}
// CHECK-SAME: {{^}} : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.000000e-04 : f64>
// CHECK-NEXT: %[[THRESHOLD:[0-9]+]] = "ct.neuron"(%[[CUBA_LIF]]) {reset = "none"
// CHECK-SAME: {{^}}, v_threshold = dense<2.500000e-01> : tensor<2xf32>}
// CHECK-SAME: {{^}} : (!ct.spikes<[2], "pulse", 1.000000e-04 : f64>) -> !ct.spikes<[2], "pulse", 1.000000e-04 : f64>
// CHECK-NEXT: "ct.output"(%[[THRESHOLD]]) : (!ct.spikes<[2], "pulse", 1.000000e-04 : f64>) -> ()
// CHECK-NEXT: }

%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%i = "nir.i"(%in) {r = dense<[1.0, 2.0]> : tensor<2xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("i")
%li = "nir.li"(%i) {
  tau = dense<0.02> : tensor<2xf32>, r = dense<2.0> : tensor<2xf32>, v_leak = dense<0.5> : tensor<2xf32>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("li")
%if = "nir.if"(%li) {r = dense<3.0> : tensor<2xf32>, v_threshold = dense<1.5> : tensor<2xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("if")
%lif = "nir.lif"(%if) {
  tau = dense<0.02> : tensor<2xf32>, r = dense<2.0> : tensor<2xf32>, v_leak = dense<0.0> : tensor<2xf32>,
  v_threshold = dense<1.0> : tensor<2xf32>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("lif")
// w_in is 1 where the file has none.
%cubali = "nir.cuba_li"(%lif) {
  tau_syn = dense<0.01> : tensor<2xf32>, tau_mem = dense<0.02> : tensor<2xf32>,
  r = dense<2.0> : tensor<2xf32>, v_leak = dense<0.0> : tensor<2xf32>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("cuba_li")
%cubalif = "nir.cuba_lif"(%cubali) {
  tau_syn = dense<0.01> : tensor<2xf32>, tau_mem = dense<0.02> : tensor<2xf32>,
  r = dense<2.0> : tensor<2xf32>, v_leak = dense<0.0> : tensor<2xf32>,
  v_threshold = dense<1.0> : tensor<2xf32>, v_reset = dense<0.0> : tensor<2xf32>,
  w_in = dense<4.0> : tensor<2xf32>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("cuba_lif")
// A threshold has no membrane, so nothing to reset.
%threshold = "nir.threshold"(%cubalif) {threshold = dense<0.25> : tensor<2xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("threshold")
"nir.output"(%threshold) : (!nir.signal<[2]>) -> () loc("out")
