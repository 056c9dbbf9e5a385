// A cycle is held back by a step: where the spikes leave the neuron, or at the end of the path.

// RUN: nirc opt %s --split-input-file --ct-to-dt 2>%t.spikes | FileCheck %s --check-prefixes=CHECK,SPIKES
// RUN: FileCheck %s --check-prefix=SPIKES-LOG --input-file=%t.spikes --implicit-check-not='note[' --implicit-check-not='warning[' --implicit-check-not='error['
// RUN: nirc opt %s --split-input-file --ct-to-dt=feedback=path 2>%t.path | FileCheck %s --check-prefixes=CHECK,PATH
// RUN: FileCheck %s --check-prefix=PATH-LOG --input-file=%t.path --implicit-check-not='note[' --implicit-check-not='warning[' --implicit-check-not='error['

// Findings come by severity, least first.
// SPIKES-LOG: note[ct-feedback-delay] node `lif`: the feedback into `lif` comes one step later
// SPIKES-LOG-NEXT: rule: the delay of a cycle is known
// SPIKES-LOG-NEXT: why: NIR gives a cycle no delay; every framework that runs one takes the spikes of the step before
// SPIKES-LOG: note[ct-feedback-delay] node `late`: the feedback into `lif` comes one step later
// SPIKES-LOG: note[ct-feedback-delay] node `recurrent`: the feedback into `lif` comes one step later
// SPIKES-LOG: note[ct-feedback-delay] node `recurrent2`: the feedback into `lif2` comes one step later
// SPIKES-LOG: warning[ct-feedback-delay] node `recurrent`: the feedback into `lif` comes one step later; the bias of its path acts from the first step on
// SPIKES-LOG-NEXT: rule: the delay of a cycle is known
// SPIKES-LOG-NEXT: why: NIR gives a cycle no delay, and frameworks differ in the first step
// SPIKES-LOG-NEXT: fix: settle it with --feedback path, or keep it
// SPIKES-LOG: warning[ct-feedback] node `lif`: this feedback path does not; it is held back by a step at its end
// SPIKES-LOG-NEXT: rule: a feedback path leads straight from one neuron
// SPIKES-LOG: warning[ct-feedback] node `lif2`: this feedback path does not; it is held back by a step at its end

// PATH-LOG: note[ct-feedback-delay] node `lif`: the feedback into `lif` comes one step later
// PATH-LOG: note[ct-feedback-delay] node `late`: the feedback into `lif` comes one step later
// PATH-LOG: note[ct-feedback-delay] node `recurrent`: the feedback into `lif` comes one step later
// PATH-LOG: note[ct-feedback-delay] node `recurrent2`: the feedback into `lif2` comes one step later
// PATH-LOG: warning[ct-feedback-delay] node `recurrent`: the feedback into `lif` comes one step later; the bias of its path is absent in the first step
// PATH-LOG: fix: settle it with --feedback spikes, or keep it

// A recurrent path with a bias: where it is held back decides whether the bias acts in the first step.
module attributes {ct.step = 1.0e-3 : f64} {
  // CHECK: %[[IN:.*]] = "dt.input"
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  // SPIKES-NEXT: %[[SUM:.*]] = "dt.sum"(%[[IN]], %[[BIAS:.*]]) :
  // PATH-NEXT: %[[BACK:.*]] = "dt.register"(%[[BIAS:.*]]) {steps = dense<1> : tensor<2xi64>} : (!dt.current<[2]>) -> !dt.current<[2]>
  // PATH-NEXT: %[[SUM:.*]] = "dt.sum"(%[[IN]], %[[BACK]]) :
  %sum = "ct.sum"(%in, %bias) : (!ct.current<[2]>, !ct.current<[2]>) -> !ct.current<[2]> loc("lif")
  // CHECK-NEXT: %[[LIF:.*]] = "dt.neuron"(%[[SUM]])
  %lif = "ct.neuron"(%sum) {
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    reset = "subtract"
  } : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("lif")
  // SPIKES-NEXT: %[[BACK:.*]] = "dt.register"(%[[LIF]]) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]>
  // SPIKES-NEXT: %[[FC:.*]] = "dt.linear"(%[[BACK]])
  // PATH-NEXT: %[[FC:.*]] = "dt.linear"(%[[LIF]])
  %fc = "ct.linear"(%lif) {weight = dense<1.0> : tensor<2x2xf32>}
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("recurrent")
  // CHECK-NEXT: %[[BIAS]] = "dt.bias"(%[[FC]])
  %bias = "ct.bias"(%fc) {bias = dense<0.5> : tensor<2xf32>} : (!ct.current<[2]>) -> !ct.current<[2]> loc("recurrent")
  // The output sees the spikes themselves, not those of the step before.
  // CHECK-NEXT: "dt.output"(%[[LIF]])
  "ct.output"(%lif) : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> () loc("out")
}

// -----
// A neuron that feeds itself; without a bias both places are the same.
module attributes {ct.step = 1.0e-3 : f64} {
  // CHECK: %[[IN:.*]] = "dt.input"
  %in = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("in")
  // CHECK-NEXT: %[[BACK:.*]] = "dt.register"(%[[LIF:.*]]) {steps = dense<1> : tensor<2xi64>}
  // CHECK-NEXT: %[[SUM:.*]] = "dt.sum"(%[[IN]], %[[BACK]])
  %sum = "ct.sum"(%in, %lif)
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>, !ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("lif")
  // CHECK-NEXT: %[[LIF]] = "dt.neuron"(%[[SUM]])
  %lif = "ct.neuron"(%sum) {
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    reset = "subtract"
  } : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("lif")
  // CHECK-NEXT: "dt.output"
  "ct.output"(%lif) : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> () loc("out")
}

// -----
// A delay of a step or more holds its cycle back by itself: one register, and no finding.
module attributes {ct.step = 1.0e-3 : f64} {
  // CHECK: "dt.input"
  // CHECK-NEXT: "dt.sum"
  // CHECK-NEXT: %[[LIF:.*]] = "dt.neuron"
  // CHECK-NEXT: "dt.register"(%[[LIF]]) {steps = dense<[1, 2]> : tensor<2xi64>}
  // CHECK-NEXT: "dt.output"
  %in = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("in")
  %sum = "ct.sum"(%in, %late)
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>, !ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("lif")
  %lif = "ct.neuron"(%sum) {
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    reset = "subtract"
  } : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("lif")
  %late = "ct.delay"(%lif) {delay = dense<[1.0e-3, 2.0e-3]> : tensor<2xf64>}
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("late")
  "ct.output"(%lif) : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> () loc("out")
}

// -----
// A delay of less than a step for one of the neurons does not.
module attributes {ct.step = 1.0e-3 : f64} {
  // CHECK: "dt.input"
  // SPIKES-NEXT: "dt.sum"
  // SPIKES-NEXT: %[[LIF:.*]] = "dt.neuron"
  // SPIKES-NEXT: %[[BACK:.*]] = "dt.register"(%[[LIF]]) {steps = dense<1> : tensor<2xi64>}
  // SPIKES-NEXT: "dt.register"(%[[BACK]]) {steps = dense<[0, 2]> : tensor<2xi64>}
  // PATH-NEXT: %[[BACK:.*]] = "dt.register"(%[[LATE:.*]]) {steps = dense<1> : tensor<2xi64>}
  // PATH-NEXT: "dt.sum"(%{{.*}}, %[[BACK]])
  // PATH-NEXT: %[[LIF:.*]] = "dt.neuron"
  // PATH-NEXT: %[[LATE]] = "dt.register"(%[[LIF]]) {steps = dense<[0, 2]> : tensor<2xi64>}
  // CHECK-NEXT: "dt.output"
  %in = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("in")
  %sum = "ct.sum"(%in, %late)
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>, !ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("lif")
  %lif = "ct.neuron"(%sum) {
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    reset = "subtract"
  } : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("lif")
  %late = "ct.delay"(%lif) {delay = dense<[0.0, 2.0e-3]> : tensor<2xf64>}
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("late")
  "ct.output"(%lif) : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> () loc("out")
}

// -----
// What feeds back is used elsewhere too: there it must not come later, so the path is held back at
// its end.
module attributes {ct.step = 1.0e-3 : f64} {
  // CHECK: %[[IN:.*]] = "dt.input"
  // CHECK-NEXT: %[[BACK:.*]] = "dt.register"(%[[FC:.*]]) {steps = dense<1> : tensor<2xi64>} : (!dt.current<[2]>) -> !dt.current<[2]>
  // CHECK-NEXT: "dt.sum"(%[[IN]], %[[BACK]])
  // CHECK-NEXT: %[[LIF:.*]] = "dt.neuron"
  // CHECK-NEXT: %[[FC]] = "dt.linear"(%[[LIF]])
  // CHECK-NEXT: "dt.output"(%[[FC]])
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %sum = "ct.sum"(%in, %fc) : (!ct.current<[2]>, !ct.current<[2]>) -> !ct.current<[2]> loc("lif")
  %lif = "ct.neuron"(%sum) {
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    reset = "subtract"
  } : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("lif")
  %fc = "ct.linear"(%lif) {weight = dense<1.0> : tensor<2x2xf32>}
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("recurrent")
  "ct.output"(%fc) : (!ct.current<[2]>) -> () loc("out")
}

// -----
// The same where the other use is a delay that holds its own path back: it stays ten steps.
module attributes {ct.step = 1.0e-3 : f64} {
  // CHECK: %[[IN:.*]] = "dt.input"
  // CHECK-NEXT: %[[BACK:.*]] = "dt.register"(%[[FC:.*]]) {steps = dense<1> : tensor<2xi64>} : (!dt.current<[2]>) -> !dt.current<[2]>
  // CHECK-NEXT: "dt.sum"(%[[IN]], %[[BACK]])
  // CHECK-NEXT: %[[LIF:.*]] = "dt.neuron"
  // CHECK-NEXT: %[[FC]] = "dt.linear"(%[[LIF]])
  // CHECK-NEXT: %[[LATE:.*]] = "dt.register"(%[[FC]]) {steps = dense<10> : tensor<2xi64>}
  // CHECK-NEXT: "dt.output"(%[[LATE]])
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %sum = "ct.sum"(%in, %fc) : (!ct.current<[2]>, !ct.current<[2]>) -> !ct.current<[2]> loc("lif2")
  %lif = "ct.neuron"(%sum) {
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    reset = "subtract"
  } : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("lif2")
  %fc = "ct.linear"(%lif) {weight = dense<1.0> : tensor<2x2xf32>}
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("recurrent2")
  %late = "ct.delay"(%fc) {delay = dense<1.0e-2> : tensor<2xf64>}
    : (!ct.current<[2]>) -> !ct.current<[2]> loc("late")
  "ct.output"(%late) : (!ct.current<[2]>) -> () loc("out")
}
