// 512 sources to 256 neurons: a row and an entry for each source on every element, so nine elements while
// an entry takes 48 bytes, and six with the 12 that it needs. The list takes three.

// RUN: nirc opt %s --quant-to-hw="ticks=300 record=spikes" | FileCheck %s
// RUN: nirc opt %s --quant-to-hw="ticks=300 over-allocated=no" | FileCheck %s --check-prefix=EXACT
// RUN: nirc opt %s --quant-to-hw="atoms=16 place=numbers" | FileCheck %s --check-prefix=ATOMS
// RUN: not nirc opt %s --quant-to-hw="colour=red place=here ticks=0" 2>&1 | FileCheck %s --check-prefix=OPTION
// RUN: not nirc opt %s --quant-to-hw="ticks=20000 record=v" 2>&1 | FileCheck %s --check-prefix=MEMORY

// CHECK: "hw.chip"() {part = "spinnaker2"}
// CHECK-NEXT: "hw.run"() {over_allocated = true, record = "spikes", record_hidden = "none", tick = 1000 : i64, ticks = 300 : i64}
// CHECK-NEXT: "hw.population"() {application = "spike_list", copies = 1 : i64, count = 512 : i64, id = 0 : i64}
// CHECK-NEXT: "hw.population"() {application = "lif_no_delay", copies = 1 : i64, count = 256 : i64, id = 1 : i64
// CHECK-SAME: reset = "reset_by_subtraction"
// CHECK-NEXT: "hw.rows"() {delay = 0 : i64
// CHECK-NEXT: "hw.recorded"() {population = 1 : i64}
// What takes all 512 packets stands nearest the router: quad (5, 4), cores 21 to 24, and on from there.
// CHECK-NEXT: "hw.slice"() {bytes = 0 : i64, chip = array<i64: 0, 0>, core = 74 : i64, count = 171 : i64, first = 0 : i64
// CHECK-NEXT: count = 171 : i64, first = 171 : i64
// CHECK-NEXT: count = 170 : i64, first = 342 : i64
// CHECK-NEXT: "hw.slice"() {bytes = 66176 : i64, chip = array<i64: 0, 0>, core = 21 : i64, count = 29 : i64, first = 0 : i64
// CHECK-COUNT-7: count = 29 : i64
// CHECK-NEXT: count = 24 : i64, first = 232 : i64
// CHECK-NEXT: "hw.routing_table"() {chip = array<i64: 0, 0>

// EXACT-COUNT-5: count = 43 : i64
// EXACT-NEXT: count = 41 : i64, first = 215 : i64

// ATOMS: "hw.slice"() {bytes = 0 : i64, chip = array<i64: 0, 0>, core = 5 : i64, count = 16 : i64, first = 0 : i64, key = {{[0-9]+}} : i64, population = 0 : i64}
// ATOMS: "hw.slice"() {bytes = 0 : i64, chip = array<i64: 0, 0>, core = 6 : i64, count = 16 : i64, first = 16 : i64, key = {{[0-9]+}} : i64, population = 0 : i64}

// OPTION-DAG: error[s2-option]: there is no option `colour`
// OPTION-DAG: error[s2-option]: `place` is `here`, it should be router or numbers
// OPTION-DAG: error[s2-option]: `ticks` is `0`, it should be a number from 1 to 1000000

// MEMORY: error[s2-memory] node `lif`: with 1 neurons on each of 256 elements they take
module attributes {quant.step = 1.0e-3 : f64, quant.target = "spinnaker2"} {
  %in = "quant.input"() {max_spikes = 1 : i64} : () -> !quant.spikes<[512]> loc("in")
  %later = "quant.register"(%in) {steps = 1 : i64} : (!quant.spikes<[512]>) -> !quant.spikes<[512]> loc("in")
  %w = "quant.linear"(%later) {
    weight = dense<5> : tensor<256x512xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[512]>) -> !quant.events<[256]> loc("w")
  %lif = "quant.float_neuron"(%w) {
    decay_mem = dense<0.5> : tensor<256xf32>, threshold = dense<100.0> : tensor<256xf32>, reset = "subtract",
    scale = dense<1.0> : tensor<256xf64>
  } : (!quant.events<[256]>) -> !quant.spikes<[256]> loc("lif")
  "quant.output"(%lif) : (!quant.spikes<[256]>) -> () loc("out")
}
