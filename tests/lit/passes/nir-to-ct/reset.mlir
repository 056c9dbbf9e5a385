// What a spike does to the membrane potential: as the file says, or as asked. A choice that the
// file leaves open is a warning; one that overrides the file too.

// RUN: nirc opt %s --nir-to-ct='dt=1e-4' 2>%t.file | FileCheck %s --check-prefixes=CHECK,FILE
// RUN: FileCheck %s --check-prefix=FILE-LOG --input-file=%t.file --implicit-check-not='warning['
// RUN: nirc opt %s --nir-to-ct='dt=1e-4 reset=zero' 2>%t.zero | FileCheck %s --check-prefixes=CHECK,ZERO
// RUN: FileCheck %s --check-prefix=ZERO-LOG --input-file=%t.zero --implicit-check-not='warning['
// RUN: nirc opt %s --nir-to-ct='dt=1e-4 reset=value' 2>%t.value | FileCheck %s --check-prefixes=CHECK,VALUE
// RUN: not grep -F 'warning[' %t.value
// RUN: nirc opt %s --nir-to-ct='dt=1e-4 reset=subtract' 2>%t.subtract | FileCheck %s --check-prefixes=CHECK,SUBTRACT
// RUN: FileCheck %s --check-prefix=SUBTRACT-LOG --input-file=%t.subtract --implicit-check-not='warning['

%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")

// CHECK: "ct.input"

// FILE-LOG: warning[nir-reset] node `none`: reset by subtraction: the file has no v_reset
// FILE-LOG-NEXT: rule: the reset rule is known
// FILE-LOG-NEXT: why: NIR's rule was subtraction until 1.0.5 and is v_reset since; files without it follow either
// FILE-LOG-NEXT: fix: settle it with --reset subtract or --reset zero
// FILE-NEXT: "ct.neuron"{{.*}}reset = "subtract"
// FILE-NOT: v_reset
// ZERO-NEXT: "ct.neuron"{{.*}}reset = "value"{{.*}}v_reset = dense<0.000000e+00> : tensor<2xf64>
// VALUE-NEXT: "ct.neuron"{{.*}}reset = "value"{{.*}}v_reset = dense<0.000000e+00> : tensor<2xf64>
// SUBTRACT-NEXT: "ct.neuron"{{.*}}reset = "subtract"
%none = "nir.lif"(%in) {
  tau = dense<0.02> : tensor<2xf64>, r = dense<1.0> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>,
  v_threshold = dense<1.0> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("none")

// FILE-LOG: warning[nir-reset] node `zero`: reset to v_reset: the file has v_reset = 0
// FILE-LOG-NEXT: rule: the reset rule is known
// FILE-LOG-NEXT: why: exporters write v_reset = 0 also for models that were trained with reset by subtraction
// FILE-LOG-NEXT: fix: settle it with --reset value or --reset subtract
// FILE-NEXT: "ct.neuron"{{.*}}reset = "value"{{.*}}v_reset = dense<0.000000e+00> : tensor<2xf32>
// ZERO-NEXT: "ct.neuron"{{.*}}reset = "value"{{.*}}v_reset = dense<0.000000e+00> : tensor<2xf64>
// VALUE-NEXT: "ct.neuron"{{.*}}reset = "value"{{.*}}v_reset = dense<0.000000e+00> : tensor<2xf32>
// SUBTRACT-NEXT: "ct.neuron"{{.*}}reset = "subtract"
%zero = "nir.if"(%none) {
  r = dense<1.0e4> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>, v_reset = dense<0.0> : tensor<2xf32>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("zero")

// FILE-LOG: warning[nir-reset] node `below`: reset to v_reset: the file has v_reset = -0.5
// FILE-NEXT: "ct.neuron"{{.*}}reset = "value"{{.*}}v_reset = dense<-5.000000e-01> : tensor<2xf64>
// ZERO-LOG: warning[nir-reset-ignored] node `below`: reset to zero as asked, though the file has v_reset = -0.5
// ZERO-NEXT: "ct.neuron"{{.*}}reset = "value"{{.*}}v_reset = dense<0.000000e+00> : tensor<2xf64>
// VALUE-NEXT: "ct.neuron"{{.*}}reset = "value"{{.*}}v_reset = dense<-5.000000e-01> : tensor<2xf64>
// SUBTRACT-LOG: warning[nir-reset-ignored] node `below`: reset by subtraction as asked, though the file has v_reset = -0.5
// SUBTRACT-NEXT: "ct.neuron"{{.*}}reset = "subtract"
%below = "nir.if"(%zero) {
  r = dense<1.0e4> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>, v_reset = dense<-0.5> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("below")

// FILE-LOG: warning[nir-reset] node `each`: reset to v_reset: the file has a v_reset for each neuron
// FILE-NEXT: "ct.neuron"{{.*}}reset = "value"{{.*}}v_reset = dense<[0.000000e+00, -1.000000e+00]> : tensor<2xf64>
// ZERO-LOG: warning[nir-reset-ignored] node `each`: reset to zero as asked, though the file has a v_reset for each neuron
// ZERO-NEXT: "ct.neuron"{{.*}}reset = "value"{{.*}}v_reset = dense<0.000000e+00> : tensor<2xf64>
// VALUE-NEXT: "ct.neuron"{{.*}}reset = "value"{{.*}}v_reset = dense<[0.000000e+00, -1.000000e+00]> : tensor<2xf64>
// SUBTRACT-LOG: warning[nir-reset-ignored] node `each`: reset by subtraction as asked, though the file has a v_reset for each neuron
// SUBTRACT-NEXT: "ct.neuron"{{.*}}reset = "subtract"
// SUBTRACT-NOT: v_reset
%each = "nir.if"(%below) {
  r = dense<1.0e4> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>, v_reset = dense<[0.0, -1.0]> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("each")
"nir.output"(%each) : (!nir.signal<[2]>) -> () loc("out")
