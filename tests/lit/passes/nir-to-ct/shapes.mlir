// A shape is a list of extents; nothing else is read as one.

// RUN: not nirc opt %s --split-input-file --nir-to-ct=dt=1e-4 2>&1 | FileCheck %s

// CHECK: error[ir-type] node `negative extent`: the type is `!nir.signal<[-3]>`
// CHECK-NEXT: rule: a signal's shape is a list of counts
%in = "nir.input"() : () -> !nir.signal<[-3]> loc("negative extent")
"nir.output"(%in) : (!nir.signal<[-3]>) -> () loc("out")

// -----
// CHECK: error[ir-type] node `extent that is a string`: the type is `!nir.signal<["a"]>`
%in = "nir.input"() : () -> !nir.signal<["a"]> loc("extent that is a string")
"nir.output"(%in) : (!nir.signal<["a"]>) -> () loc("out")
