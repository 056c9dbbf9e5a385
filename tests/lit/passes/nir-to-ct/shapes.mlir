// A shape is a list of extents; nothing else is read as one. Known to fail: it is read as a scalar.

// RUN: not nirc opt %s --split-input-file --nir-to-ct=dt=1e-4 2>&1 | FileCheck %s
// XFAIL: *

// CHECK: error[{{.*}}] node `negative extent`
%in = "nir.input"() : () -> !nir.signal<[-3]> loc("negative extent")
"nir.output"(%in) : (!nir.signal<[-3]>) -> () loc("out")

// -----
// CHECK: error[{{.*}}] node `extent that is a string`
%in = "nir.input"() : () -> !nir.signal<["a"]> loc("extent that is a string")
"nir.output"(%in) : (!nir.signal<["a"]>) -> () loc("out")
