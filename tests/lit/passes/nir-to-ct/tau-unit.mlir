// Time constants and delays are seconds in ct, whatever the file's unit.

// RUN: nirc opt %s --nir-to-ct='dt=1e-4 tau-unit=s' 2>%t.s | FileCheck %s --check-prefixes=CHECK,S
// RUN: FileCheck %s --check-prefix=S-LOG --input-file=%t.s
// RUN: nirc opt %s --nir-to-ct='dt=1e-4 tau-unit=ms' 2>%t.ms | FileCheck %s --check-prefixes=CHECK,MS
// RUN: FileCheck %s --check-prefix=MS-LOG --input-file=%t.ms
// RUN: nirc opt %s --nir-to-ct='dt=1e-4 tau-unit=steps' 2>%t.steps | FileCheck %s --check-prefixes=CHECK,STEPS
// RUN: FileCheck %s --check-prefix=STEPS-LOG --input-file=%t.steps

// S-LOG: note[nir-tau-unit]: time constants and delays are read as seconds
// MS-LOG: note[nir-tau-unit]: time constants and delays are read as milliseconds
// STEPS-LOG: note[nir-tau-unit]: time constants and delays are read as time steps

// CHECK: module attributes {ct.step = 1.000000e-04 : f64}
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")

// S: "ct.delay"{{.*}}delay = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf64>
// MS: "ct.delay"{{.*}}delay = dense<[1.000000e-03, 2.000000e-03]> : tensor<2xf64>
// STEPS: "ct.delay"{{.*}}delay = dense<[1.000000e-04, 2.000000e-04]> : tensor<2xf64>
%delay = "nir.delay"(%in) {delay = dense<[1.0, 2.0]> : tensor<2xf64>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("delay")

// Gains and potentials are not times.
// S: "ct.neuron"{{.*}}r = dense<3.000000e+00>{{.*}}tau_mem = dense<[4.000000e+00, 8.000000e+00]>
// S-SAME: tau_syn = dense<2.000000e+00>{{.*}}v_leak = dense<5.000000e+00>{{.*}}w_in = dense<6.000000e+00>
// MS: "ct.neuron"{{.*}}r = dense<3.000000e+00>{{.*}}tau_mem = dense<[4.000000e-03, 8.000000e-03]>
// MS-SAME: tau_syn = dense<2.000000e-03>{{.*}}v_leak = dense<5.000000e+00>{{.*}}w_in = dense<6.000000e+00>
// STEPS: "ct.neuron"{{.*}}r = dense<3.000000e+00>{{.*}}tau_mem = dense<[4.000000e-04, 8.000000e-04]>
// STEPS-SAME: tau_syn = dense<2.000000e-04>{{.*}}v_leak = dense<5.000000e+00>{{.*}}w_in = dense<6.000000e+00>
%li = "nir.cuba_li"(%delay) {
  tau_syn = dense<2.0> : tensor<2xf64>, tau_mem = dense<[4.0, 8.0]> : tensor<2xf64>,
  r = dense<3.0> : tensor<2xf64>, v_leak = dense<5.0> : tensor<2xf64>, w_in = dense<6.0> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("li")
"nir.output"(%li) : (!nir.signal<[2]>) -> () loc("out")
