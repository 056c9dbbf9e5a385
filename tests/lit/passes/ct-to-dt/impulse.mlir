// An impulse of integral A acts in a step of forward Euler as a current of A / dt; a pulse of one
// step as 1, one of two steps as 2. Exact integration is for pulses of one step only.

// RUN: nirc opt %s --ct-to-dt | FileCheck %s
// RUN: not nirc opt %s --ct-to-dt=integration=exact 2>&1 | FileCheck %s --check-prefix=EXACT --implicit-check-not='error['

module attributes {ct.step = 1.0e-3 : f64} {
  // CHECK: %[[IMPULSE:.*]] = "dt.input"
  // CHECK-NEXT: %[[ONE:.*]] = "dt.input"
  // CHECK-NEXT: %[[TWO:.*]] = "dt.input"
  %impulse = "ct.input"() : () -> !ct.spikes<[2], "impulse", 1.0 : f64> loc("impulse")
  %one = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("pulse of one step")
  %two = "ct.input"() : () -> !ct.spikes<[2], "pulse", 2.0e-3 : f64> loc("pulse of two steps")
  // Delays and reshapes keep spikes.
  // CHECK-NEXT: %[[LATE:.*]] = "dt.register"(%[[IMPULSE]]) {{.*}} -> !dt.spikes<[2]>
  %late = "ct.delay"(%impulse) {delay = dense<1.0e-3> : tensor<2xf64>}
    : (!ct.spikes<[2], "impulse", 1.0 : f64>) -> !ct.spikes<[2], "impulse", 1.0 : f64> loc("late")
  // CHECK-NEXT: %[[A:.*]] = "dt.scale"(%[[LATE]]) {scale = dense<1.000000e+03> : tensor<2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]>
  // CHECK-NEXT: "dt.linear"(%[[A]])
  // EXACT: error[ct-impulse-exact] node `a`: spikes of form `impulse` and area 1e0 s are not
  // EXACT-NEXT: rule: exact integration is for inputs that are held for a step
  // EXACT-NEXT: why: an impulse and a pulse of the same area differ within the step
  // EXACT-NEXT: fix: use --spike pulse, or --integration euler
  %a = "ct.linear"(%late) {weight = dense<1.0> : tensor<2x2xf32>}
    : (!ct.spikes<[2], "impulse", 1.0 : f64>) -> !ct.current<[2]> loc("a")
  // CHECK-NEXT: "dt.linear"(%[[ONE]])
  %b = "ct.linear"(%one) {weight = dense<1.0> : tensor<2x2xf32>}
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("b")
  // CHECK-NEXT: %[[C:.*]] = "dt.scale"(%[[TWO]]) {scale = dense<2.000000e+00> : tensor<2xf64>}
  // CHECK-NEXT: "dt.linear"(%[[C]])
  // EXACT: error[ct-impulse-exact] node `c`: spikes of form `pulse` and area 2e-3 s are not
  %c = "ct.linear"(%two) {weight = dense<1.0> : tensor<2x2xf32>}
    : (!ct.spikes<[2], "pulse", 2.0e-3 : f64>) -> !ct.current<[2]> loc("c")
  // CHECK-NEXT: "dt.sum"
  %sum = "ct.sum"(%a, %b, %c) : (!ct.current<[2]>, !ct.current<[2]>, !ct.current<[2]>) -> !ct.current<[2]> loc("sum")
  // CHECK-NEXT: "dt.output"
  "ct.output"(%sum) : (!ct.current<[2]>) -> () loc("out")
  // CHECK-NEXT: "dt.output"(%[[IMPULSE]])
  "ct.output"(%impulse) : (!ct.spikes<[2], "impulse", 1.0 : f64>) -> () loc("out 2")
}
