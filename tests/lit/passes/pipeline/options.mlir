// Pipelines that are none, and options that passes do not have. All of them are named; nothing runs.

// RUN: not nirc opt %s --pass-pipeline='builtin.module(nir-to-ct{dt=1e-3' 2>&1 | FileCheck %s --check-prefix=ANCHOR
// ANCHOR: error[pass-pipeline]: the closing parenthesis is missing
// ANCHOR-NEXT: rule: a pipeline is a list of passes
// ANCHOR-NEXT: fix: write for example `builtin.module(nir-to-ct{dt=1e-4},ct-to-dt)`

// RUN: not nirc opt %s --pass-pipeline='builtin.module(nir-to-ct{dt=1e-3)' 2>&1 | FileCheck %s --check-prefix=OPEN
// OPEN: error[pass-pipeline]: a `{` is not closed

// RUN: not nirc opt %s --pass-pipeline='nir-to-ct{dt=1e-3}}' 2>&1 | FileCheck %s --check-prefix=CLOSE
// CLOSE: error[pass-pipeline]: a `}` has no `{`

// RUN: not nirc opt %s --pass-pipeline='builtin.module(cse,,cse)' 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: error[pass-pipeline]: the name of a pass is missing

// RUN: not nirc opt %s --pass-pipeline='func.func(cse)' 2>&1 | FileCheck %s --check-prefix=FUNC
// FUNC: error[pass-pipeline]: `func.func(cse)` is not the name of a pass

// RUN: not nirc opt %s --pass-pipeline='builtin.module(nir-to-ct{dt=-1 steps=3 reset=never tau-unit},ct-to-dt{max-spikes=0 integration=rk4},mystery)' 2>%t.options >%t.ir
// RUN: FileCheck %s --check-prefix=OPTIONS --input-file=%t.options
// RUN: count 0 < %t.ir
// OPTIONS: error[pass-option]: pass `nir-to-ct`: `tau-unit` is not of the form name=value
// OPTIONS-NEXT: rule: a pass's options are among those that it has
// OPTIONS-NEXT: error[pass-option]: pass `nir-to-ct`: option `dt` is `-1`, it should be a positive number of seconds
// OPTIONS-NEXT: rule:
// OPTIONS-NEXT: error[pass-option]: pass `nir-to-ct`: option `reset` is `never`, it should be file, zero, value, subtract
// OPTIONS-NEXT: rule:
// OPTIONS-NEXT: error[pass-option]: pass `nir-to-ct`: there is no option `steps`
// OPTIONS-NEXT: rule:
// OPTIONS-NEXT: fix: its options are: dt, fallback-dt, tau-unit, integrator-rate, reset, spike, input-signal
// OPTIONS-NEXT: error[pass-option]: pass `ct-to-dt`: option `integration` is `rk4`, it should be euler, exact, exponential, held
// OPTIONS-NEXT: rule:
// OPTIONS-NEXT: error[pass-option]: pass `ct-to-dt`: option `max-spikes` is `0`, it should be a positive integer
// OPTIONS-NEXT: rule:
// OPTIONS-NEXT: error[pass-unknown]: there is no pass `mystery`
// OPTIONS-NEXT: rule: a pipeline names passes that exist
// OPTIONS-NEXT: fix: the passes are nir-to-ct, ct-rewrite, ct-to-dt, dt-rewrite, dt-to-quant, quant-to-hw, canonicalize, cse

// RUN: not nirc opt %s --dt-to-quant 2>&1 | FileCheck %s --check-prefix=NO-TARGET
// NO-TARGET: error[target]: no target is given
// NO-TARGET-NEXT: rule: integers are made for a chip
// NO-TARGET-NEXT: fix: give one of xylo-v1, {{([a-z0-9-]+, )*[a-z0-9-]+}}; lava-fixed is integers without a chip, in a pipeline or by --convention

// RUN: not nirc opt %s --dt-to-quant=target=loihi-2 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: error[pass-option]: pass `dt-to-quant`: option `target` is `loihi-2`, it should be xylo-v1 or {{([a-z0-9-]+ or )*}}lava-fixed

// RUN: not nirc opt %s --dt-to-quant='target=xylo-v1 quantizer=best approximate=reset,all' 2>&1 | FileCheck %s --check-prefix=QUANTIZER
// QUANTIZER: error[pass-option]: pass `dt-to-quant`: option `quantizer` is `best`, it should be channel or global or rockpool-channel or rockpool-global or sinabs or lava or py-spinnaker2
// QUANTIZER: error[pass-option]: pass `dt-to-quant`: option `approximate` is `reset,all`, it should be one or more of reset, synapse, leak, bias, joined by commas

// RUN: not nirc opt %s --cse=max=3 2>&1 | FileCheck %s --check-prefix=CSE
// CSE: error[pass-unknown]
// CSE-SAME: no such option max

// RUN: not nirc opt %s --mystery 2>&1 | FileCheck %s --check-prefix=FLAG
// FLAG: error: unexpected argument '--mystery' found

// RUN: not nirc opt %t.nowhere.mlir 2>&1 | FileCheck %s --check-prefix=FILE
// FILE: error[input]: `{{.*}}.nowhere.mlir`: No such file or directory

// RUN: not nirc opt %s -o %s/out.mlir 2>&1 | FileCheck %s --check-prefix=OUTPUT
// OUTPUT: error[output]: `{{.*}}options.mlir

// The order of the levels.
// RUN: not nirc opt %s --ct-to-dt 2>&1 | FileCheck %s --check-prefix=ORDER
// ORDER: error[ct-step]: the module has no attribute `ct.step`
// RUN: not nirc opt %s --dt-to-quant=target=xylo-v1 2>&1 | FileCheck %s --check-prefix=ORDER-QUANT
// ORDER-QUANT: error[ir-level] node `in`: `nir.input` is not an op of dialect `dt`
// ORDER-QUANT: fix: run the passes in order: nir-to-ct, ct-to-dt, dt-to-quant, quant-to-hw

%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%fc = "nir.linear"(%in) {weight = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("fc")
%li = "nir.li"(%fc) {
  tau = dense<0.02> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("li")
"nir.output"(%li) : (!nir.signal<[2]>) -> () loc("out")
