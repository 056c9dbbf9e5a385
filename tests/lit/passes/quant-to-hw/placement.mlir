// Ids: channels, hidden and readout neurons are each counted in the order of the module. A weight
// table says the first id of its source and of its target, and which of the core's tables it is in.

// RUN: nirc opt %s --quant-to-hw | FileCheck %s
// RUN: not nirc opt %s --quant-to-hw=core=1 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: error[pass-option]: pass `quant-to-hw`: there is no option `core`
// CHECK: module attributes {hw.step = 1.000000e-03 : f64} {
// CHECK-NEXT: "hw.chip"() {part = "xylo-audio-2"} : () -> ()
// CHECK-NEXT: "hw.channels"() {count = 2 : i64, first = 0 : i64} : () -> ()
// CHECK-NEXT: "hw.channels"() {count = 1 : i64, first = 2 : i64} : () -> ()
// CHECK-NEXT: "hw.neurons"() {bias = dense<[0, -7]> : tensor<2xi16>, core = 0 : i64, count = 2 : i64
// CHECK-SAME: {{^}}, dash_mem = dense<[3, 4]> : tensor<2xi16>, dash_syn = dense<[1, 2]> : tensor<2xi16>
// CHECK-SAME: {{^}}, decay_error = 1.250000e-01 : f64, first = 0 : i64, role = "hidden"
// CHECK-SAME: {{^}}, scale = dense<2.000000e+00> : tensor<2xf64>
// CHECK-SAME: {{^}}, threshold = dense<[100, 200]> : tensor<2xi16>}
// CHECK-SAME: {{^}} : () -> ()
// CHECK-NEXT: "hw.synapses"() {core = 0 : i64, relative_error = 2.500000e-01 : f64, role = "input"
// CHECK-SAME: {{^}}, shift = 2 : i64, source = 0 : i64, target = 0 : i64
// CHECK-SAME: {{^}}, weight = dense<{{\[\[}}1, 2], [3, -4{{\]\]}}> : tensor<2x2xi8>}
// CHECK-SAME: {{^}} : () -> ()
// CHECK-NEXT: "hw.synapses"() {core = 0 : i64, relative_error = 2.500000e-01 : f64, role = "input"
// CHECK-SAME: {{^}}, shift = 2 : i64, source = 2 : i64, target = 0 : i64
// CHECK-SAME: {{^}}, weight = dense<{{\[\[}}5], [6{{\]\]}}> : tensor<2x1xi8>}
// CHECK-SAME: {{^}} : () -> ()
// CHECK-NEXT: "hw.synapses"() {core = 0 : i64, relative_error = 2.500000e-01 : f64, role = "recurrent"
// CHECK-SAME: {{^}}, shift = 1 : i64, source = 0 : i64, target = 0 : i64
// CHECK-SAME: {{^}}, weight = dense<1> : tensor<2x2xi8>}
// CHECK-SAME: {{^}} : () -> ()
// CHECK-NEXT: "hw.neurons"() {core = 0 : i64, count = 3 : i64, dash_mem = dense<4> : tensor<3xi16>
// CHECK-SAME: {{^}}, dash_syn = dense<3> : tensor<3xi16>, decay_error = 1.250000e-01 : f64
// CHECK-SAME: {{^}}, first = 2 : i64, role = "hidden", scale = dense<2.000000e+00> : tensor<3xf64>
// CHECK-SAME: {{^}}, threshold = dense<100> : tensor<3xi16>}
// CHECK-SAME: {{^}} : () -> ()
// CHECK-NEXT: "hw.synapses"() {core = 0 : i64, relative_error = 2.500000e-01 : f64, role = "recurrent"
// CHECK-SAME: {{^}}, shift = 1 : i64, source = 0 : i64, target = 2 : i64
// CHECK-SAME: {{^}}, weight = dense<1> : tensor<3x2xi8>}
// CHECK-SAME: {{^}} : () -> ()
// CHECK-NEXT: "hw.neurons"() {core = 0 : i64, count = 1 : i64, dash_mem = dense<4> : tensor<1xi16>
// CHECK-SAME: {{^}}, dash_syn = dense<3> : tensor<1xi16>, decay_error = 1.250000e-01 : f64
// CHECK-SAME: {{^}}, first = 0 : i64, role = "readout", scale = dense<2.000000e+00> : tensor<1xf64>
// CHECK-SAME: {{^}}, threshold = dense<100> : tensor<1xi16>}
// CHECK-SAME: {{^}} : () -> ()
// CHECK-NEXT: "hw.synapses"() {core = 0 : i64, relative_error = 2.500000e-01 : f64, role = "readout"
// CHECK-SAME: {{^}}, shift = 7 : i64, source = 2 : i64, target = 0 : i64
// CHECK-SAME: {{^}}, weight = dense<1> : tensor<1x3xi8>}
// CHECK-SAME: {{^}} : () -> ()
// CHECK-NEXT: "hw.neurons"() {core = 0 : i64, count = 1 : i64, dash_mem = dense<4> : tensor<1xi16>
// CHECK-SAME: {{^}}, dash_syn = dense<3> : tensor<1xi16>, decay_error = 1.250000e-01 : f64
// CHECK-SAME: {{^}}, first = 1 : i64, role = "readout", scale = dense<2.000000e+00> : tensor<1xf64>
// CHECK-SAME: {{^}}, threshold = dense<100> : tensor<1xi16>}
// CHECK-SAME: {{^}} : () -> ()
// CHECK-NEXT: "hw.synapses"() {core = 0 : i64, relative_error = 2.500000e-01 : f64, role = "readout"
// CHECK-SAME: {{^}}, shift = 7 : i64, source = 0 : i64, target = 1 : i64
// CHECK-SAME: {{^}}, weight = dense<1> : tensor<1x2xi8>}
// CHECK-SAME: {{^}} : () -> ()
// CHECK-NEXT: }

module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-audio-2"} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("a")
  %b = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[1]> loc("b")
  %fa = "quant.linear"(%a) {
    weight = dense<[[1, 2], [3, -4]]> : tensor<2x2xi8>, shift = 2 : i64,
    scale = dense<1.0> : tensor<2xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fa")
  %fb = "quant.linear"(%b) {
    weight = dense<[[5], [6]]> : tensor<2x1xi8>, shift = 2 : i64,
    scale = dense<1.0> : tensor<2xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[1]>) -> !quant.events<[2]> loc("fb")
  %rec = "quant.linear"(%h1d) {
    weight = dense<1> : tensor<2x2xi8>, shift = 1 : i64,
    scale = dense<1.0> : tensor<2xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("rec")
  %h1 = "quant.neuron"(%fa, %fb, %rec) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<[1, 2]> : tensor<2xi16>, decay_mem = dense<[3, 4]> : tensor<2xi16>,
    threshold = dense<[100, 200]> : tensor<2xi16>,
    bias = dense<[0, -7]> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate-increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>, !quant.events<[2]>, !quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden 1")
  %h1d = "quant.register"(%h1) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("hidden 1")
  %f2 = "quant.linear"(%h1d) {
    weight = dense<1> : tensor<3x2xi8>, shift = 1 : i64,
    scale = dense<1.0> : tensor<3xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[3]> loc("f2")
  %h2 = "quant.neuron"(%f2) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<3xi16>, decay_mem = dense<4> : tensor<3xi16>,
    threshold = dense<100> : tensor<3xi16>, scale = dense<2.0> : tensor<3xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate-increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[3]>) -> !quant.spikes<[3]> loc("hidden 2")
  %h2d = "quant.register"(%h2) {steps = 1 : i64} : (!quant.spikes<[3]>) -> !quant.spikes<[3]> loc("hidden 2")
  %fo = "quant.linear"(%h2d) {
    weight = dense<1> : tensor<1x3xi8>, shift = 7 : i64,
    scale = dense<1.0> : tensor<1xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[3]>) -> !quant.events<[1]> loc("fo")
  %ro1 = "quant.neuron"(%fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<1xi16>, decay_mem = dense<4> : tensor<1xi16>,
    threshold = dense<100> : tensor<1xi16>, scale = dense<2.0> : tensor<1xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate-increment", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("readout 1")
  %flat = "quant.reshape"(%h1d) : (!quant.spikes<[2]>) -> !quant.spikes<[1, 2]> loc("flat")
  %unflat = "quant.reshape"(%flat) : (!quant.spikes<[1, 2]>) -> !quant.spikes<[2]> loc("unflat")
  %fp = "quant.linear"(%unflat) {
    weight = dense<1> : tensor<1x2xi8>, shift = 7 : i64,
    scale = dense<1.0> : tensor<1xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[1]> loc("fp")
  %ro2 = "quant.neuron"(%fp) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<1xi16>, decay_mem = dense<4> : tensor<1xi16>,
    threshold = dense<100> : tensor<1xi16>, scale = dense<2.0> : tensor<1xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate-increment", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("readout 2")
  "quant.output"(%ro1) : (!quant.spikes<[1]>) -> () loc("out 1")
  "quant.output"(%ro2) : (!quant.spikes<[1]>) -> () loc("out 2")
}
