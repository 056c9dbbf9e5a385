// Modules of one file, each on its own; what one of them breaks does not hide the others.

// RUN: nirc opt %s --split-input-file --no-names --nir-to-ct=dt=1e-3 2>/dev/null | FileCheck %s --implicit-check-not=module
// RUN: not nirc opt %s --split-input-file --nir-to-ct 2>&1 | FileCheck %s --check-prefix=BOTH
// RUN: not nirc opt %s --nir-to-ct=dt=1e-3 2>&1 | FileCheck %s --check-prefix=ONE

// Without the flag it is one module, in which the name %in is defined twice.
// ONE: error[ir-invalid]
// ONE-SAME: redefinition of SSA value '%in'

// CHECK: module attributes {ct.step = 1.000000e-03 : f64} {
// CHECK-NEXT: "ct.input"() : () -> !ct.spikes<[1], "pulse", 1.000000e-03 : f64>
// CHECK: {{// -----}}
// CHECK-NEXT: module attributes {ct.step = 1.000000e-03 : f64} {
// CHECK-NEXT: "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.000000e-03 : f64>

// BOTH-COUNT-2: error[nir-step-missing]
// BOTH-NOT: error[

%in = "nir.input"() : () -> !nir.signal<[1]> loc("in")
"nir.output"(%in) : (!nir.signal<[1]>) -> () loc("out")

// -----
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
"nir.output"(%in) : (!nir.signal<[2]>) -> () loc("out")
