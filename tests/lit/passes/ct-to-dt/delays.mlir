// Delays become registers of whole steps; one that is rounded is a warning.

// RUN: nirc opt %s --ct-to-dt 2>%t.log | FileCheck %s
// RUN: FileCheck %s --check-prefix=LOG --input-file=%t.log --implicit-check-not='note[' --implicit-check-not='warning[' --implicit-check-not='error['

module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.spikes<[3], "pulse", 1.0e-3 : f64> loc("in")
  // CHECK: "dt.register"({{.*}}) {steps = dense<3> : tensor<3xi64>} : (!dt.spikes<[3]>) -> !dt.spikes<[3]>
  %whole = "ct.delay"(%in) {delay = dense<3.0e-3> : tensor<3xf64>}
    : (!ct.spikes<[3], "pulse", 1.0e-3 : f64>) -> !ct.spikes<[3], "pulse", 1.0e-3 : f64> loc("whole")
  // CHECK-NEXT: "dt.register"({{.*}}) {steps = dense<[0, 1, 1000]> : tensor<3xi64>} : (!dt.spikes<[3]>) -> !dt.spikes<[3]>
  %each = "ct.delay"(%whole) {delay = dense<[0.0, 1.0e-3, 1.0]> : tensor<3xf64>}
    : (!ct.spikes<[3], "pulse", 1.0e-3 : f64>) -> !ct.spikes<[3], "pulse", 1.0e-3 : f64> loc("each")
  // CHECK-NEXT: "dt.scale"
  %scale = "ct.scale"(%each) {scale = dense<2.0> : tensor<3xf32>}
    : (!ct.spikes<[3], "pulse", 1.0e-3 : f64>) -> !ct.current<[3]> loc("scale")
  // LOG: warning[ct-delay-rounded] node `rounded`: a delay is rounded by 0.400 of a step of 1e-3 s
  // LOG-NEXT: rule: a delay is a whole number of steps
  // LOG-NEXT: fix: use a step that divides the delays
  // CHECK-NEXT: "dt.register"({{.*}}) {steps = dense<[1, 2, 3]> : tensor<3xi64>} : (!dt.current<[3]>) -> !dt.current<[3]>
  %rounded = "ct.delay"(%scale) {delay = dense<[1.4e-3, 1.7e-3, 3.0e-3]> : tensor<3xf64>}
    : (!ct.current<[3]>) -> !ct.current<[3]> loc("rounded")
  "ct.output"(%rounded) : (!ct.current<[3]>) -> () loc("out")
}
