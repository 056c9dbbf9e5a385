// What flows: neurons with a threshold make spikes, all else makes currents; flatten and delay pass
// on what they take. A spike is a pulse of one step or an impulse of integral 1.

// RUN: nirc opt %s --nir-to-ct='dt=1e-3' 2>%t.pulse | FileCheck %s --check-prefixes=CHECK,PULSE
// RUN: FileCheck %s --check-prefix=PULSE-LOG --input-file=%t.pulse
// RUN: nirc opt %s --nir-to-ct='dt=1e-3 spike=impulse' 2>%t.impulse | FileCheck %s --check-prefixes=CHECK,IMPULSE
// RUN: FileCheck %s --check-prefix=IMPULSE-LOG --input-file=%t.impulse
// RUN: nirc opt %s --nir-to-ct='dt=1e-3 input-signal=current' 2>%t.current | FileCheck %s --check-prefixes=CHECK,CURRENT
// RUN: FileCheck %s --check-prefix=CURRENT-LOG --input-file=%t.current

// PULSE-LOG: note[nir-spike]: a spike is a pulse of amplitude 1 for one step (1e-3 s)
// PULSE-LOG: note[nir-input-signal]: `a`, `b` takes spikes
// IMPULSE-LOG: note[nir-spike]: a spike is a Dirac impulse of integral 1
// IMPULSE-LOG: note[nir-input-signal]: `a`, `b` takes spikes
// CURRENT-LOG: note[nir-spike]: a spike is a pulse of amplitude 1 for one step (1e-3 s)
// CURRENT-LOG: note[nir-input-signal]: `a`, `b` takes a current

// PULSE: "ct.input"() : () -> !ct.spikes<[1, 2], "pulse", 1.000000e-03 : f64>
// IMPULSE: "ct.input"() : () -> !ct.spikes<[1, 2], "impulse", 1.000000e+00 : f64>
// CURRENT: "ct.input"() : () -> !ct.current<[1, 2]>
%a = "nir.input"() : () -> !nir.signal<[1, 2]> loc("a")
// CHECK: "ct.input"
%b = "nir.input"() : () -> !nir.signal<[1, 2]> loc("b")

// PULSE-NEXT: "ct.reshape"({{.*}}) : (!ct.spikes<[1, 2], "pulse", 1.000000e-03 : f64>) -> !ct.spikes<[2], "pulse", 1.000000e-03 : f64>
// IMPULSE-NEXT: "ct.reshape"({{.*}}) : (!ct.spikes<[1, 2], "impulse", 1.000000e+00 : f64>) -> !ct.spikes<[2], "impulse", 1.000000e+00 : f64>
// CURRENT-NEXT: "ct.reshape"({{.*}}) : (!ct.current<[1, 2]>) -> !ct.current<[2]>
%flat = "nir.flatten"(%a) {start_dim = 0 : i64, end_dim = -1 : i64}
  : (!nir.signal<[1, 2]>) -> !nir.signal<[2]> loc("flat")
// PULSE-NEXT: "ct.delay"{{.*}} -> !ct.spikes<[2], "pulse", 1.000000e-03 : f64>
// IMPULSE-NEXT: "ct.delay"{{.*}} -> !ct.spikes<[2], "impulse", 1.000000e+00 : f64>
// CURRENT-NEXT: "ct.delay"{{.*}} -> !ct.current<[2]>
%late = "nir.delay"(%flat) {delay = dense<1.0e-3> : tensor<2xf64>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("late")

// The sum of two is a current, and so is what a delay makes of it.
// CHECK: "ct.sum"{{.*}} -> !ct.current<[1, 2]>
// CHECK-NEXT: "ct.delay"{{.*}} : (!ct.current<[1, 2]>) -> !ct.current<[1, 2]>
%sum = "nir.delay"(%a, %b) {delay = dense<1.0e-3> : tensor<1x2xf64>}
  : (!nir.signal<[1, 2]>, !nir.signal<[1, 2]>) -> !nir.signal<[1, 2]> loc("sum")

// CHECK-NEXT: "ct.scale"{{.*}} -> !ct.current<[2]>
%scale = "nir.scale"(%late) {scale = dense<1.0> : tensor<2xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("scale")
// PULSE-NEXT: "ct.neuron"{{.*}} : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.000000e-03 : f64>
// IMPULSE-NEXT: "ct.neuron"{{.*}} : (!ct.current<[2]>) -> !ct.spikes<[2], "impulse", 1.000000e+00 : f64>
// CURRENT-NEXT: "ct.neuron"{{.*}} : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.000000e-03 : f64>
%threshold = "nir.threshold"(%scale) {threshold = dense<1.0> : tensor<2xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("threshold")
// CHECK-NEXT: "ct.neuron"{{.*}} -> !ct.current<[2]>
%i = "nir.i"(%threshold) {r = dense<1.0e3> : tensor<2xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("i")
"nir.output"(%i) : (!nir.signal<[2]>) -> () loc("out")
// CHECK-NEXT: "ct.output"
"nir.output"(%sum) : (!nir.signal<[1, 2]>) -> () loc("out2")
