// Spikes that arrive after one and after twelve ticks: the later ones come through two relay populations, which
// pass them on after eight ticks and after three more.

// RUN: nirc opt %s --quant-to-hw | FileCheck %s

// CHECK: "hw.population"() {application = "spike_list"
// CHECK-NEXT: "hw.population"() {application = "lif_curr_exp_no_delay", copies = 1 : i64, count = 1 : i64, id = 1 : i64
// CHECK-NEXT: "hw.population"() {application = "lif", copies = 1 : i64, count = 2 : i64, id = 2 : i64
// CHECK-SAME: reset = "reset_to_v_reset"} : () -> () loc(#[[FIRST:.*]])
// CHECK-NEXT: "hw.population"() {application = "lif", copies = 1 : i64, count = 2 : i64, id = 3 : i64
// CHECK-SAME: reset = "reset_to_v_reset"} : () -> () loc(#[[SECOND:.*]])
// CHECK-NEXT: "hw.rows"() {delay = 0 : i64, {{.*}}source = 0 : i64, target = 1 : i64, weight = dense<7> : tensor<2xi8>}
// CHECK-NEXT: "hw.rows"() {delay = 7 : i64, {{.*}}source = 0 : i64, target = 2 : i64, weight = dense<1> : tensor<2xi8>}
// CHECK-NEXT: "hw.rows"() {delay = 2 : i64, {{.*}}source = 2 : i64, target = 3 : i64, weight = dense<1> : tensor<2xi8>}
// CHECK-NEXT: "hw.rows"() {delay = 0 : i64, {{.*}}source = 3 : i64, target = 1 : i64, weight = dense<-9> : tensor<2xi8>}
// CHECK-DAG: #[[FIRST]] = loc("in.later8")
// CHECK-DAG: #[[SECOND]] = loc("in.later11")
module attributes {quant.step = 1.0e-3 : f64, quant.target = "spinnaker2"} {
  %in = "quant.input"() {max_spikes = 1 : i64} : () -> !quant.spikes<[2]> loc("in")
  %soon = "quant.register"(%in) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("in")
  %late = "quant.register"(%in) {steps = 12 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("in")
  %a = "quant.linear"(%soon) {
    weight = dense<7> : tensor<1x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[1]> loc("a")
  %b = "quant.linear"(%late) {
    weight = dense<-9> : tensor<1x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[1]> loc("b")
  %lif = "quant.float_neuron"(%a, %b) {
    decay_excitatory = dense<0.5> : tensor<1xf32>, decay_inhibitory = dense<0.25> : tensor<1xf32>,
    decay_mem = dense<0.5> : tensor<1xf32>, threshold = dense<10.0> : tensor<1xf32>, reset = "subtract",
    scale = dense<1.0> : tensor<1xf64>
  } : (!quant.events<[1]>, !quant.events<[1]>) -> !quant.spikes<[1]> loc("lif")
  "quant.output"(%lif) : (!quant.spikes<[1]>) -> () loc("out")
}
