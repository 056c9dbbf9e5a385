// Level 1: the graph as the file has it. See docs/dialects/nir.md.
//
// An op takes one operand per incoming edge; several are summed. Every op may carry `metadata`.
irdl.dialect @nir {
  // What flows along an edge. NIR does not say whether it is a spike or a current.
  irdl.type @signal {
    %shape = irdl.base "#builtin.array"
    irdl.parameters(shape: %shape)
  }

  // Where signals enter the graph.
  irdl.operation @input {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    irdl.results(output: %signal)
  }

  // Where signals leave the graph.
  irdl.operation @output {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    irdl.operands(inputs: variadic %signal)
  }

  // y = W x + b; weight [..., out, in], bias [..., out].
  irdl.operation @affine {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    %output_shape = irdl.base "#builtin.array"
    %result = irdl.parametric @nir::@signal<%output_shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %result)
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %bias_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %bias_1 = irdl.base "#builtin.dense_resource_elements"
    %bias = irdl.any_of(%bias_0, %bias_1)
    irdl.attributes {"weight" = %weight, "bias" = %bias}
  }

  // y = W x; weight [..., out, in].
  irdl.operation @linear {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    %output_shape = irdl.base "#builtin.array"
    %result = irdl.parametric @nir::@signal<%output_shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %result)
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    irdl.attributes {"weight" = %weight}
  }

  // y = s * x, elementwise.
  irdl.operation @scale {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %signal)
    %scale_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %scale_1 = irdl.base "#builtin.dense_resource_elements"
    %scale = irdl.any_of(%scale_0, %scale_1)
    irdl.attributes {"scale" = %scale}
  }

  // Cross-correlation; weight [out channels, in channels / groups, length], bias [out channels].
  // Optional: input_shape.
  irdl.operation @conv1d {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    %output_shape = irdl.base "#builtin.array"
    %result = irdl.parametric @nir::@signal<%output_shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %result)
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %bias_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %bias_1 = irdl.base "#builtin.dense_resource_elements"
    %bias = irdl.any_of(%bias_0, %bias_1)
    %stride = irdl.base "#builtin.dense_array"
    %padding_0 = irdl.base "#builtin.dense_array"
    %padding_1 = irdl.base "#builtin.string"
    %padding = irdl.any_of(%padding_0, %padding_1)
    %dilation = irdl.base "#builtin.dense_array"
    %groups = irdl.base "#builtin.integer"
    irdl.attributes {"weight" = %weight, "bias" = %bias, "stride" = %stride, "padding" = %padding, "dilation" = %dilation, "groups" = %groups}
  }

  // Cross-correlation; weight [out channels, in channels / groups, height, width], bias [out
  // channels]. Optional: input_shape.
  irdl.operation @conv2d {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    %output_shape = irdl.base "#builtin.array"
    %result = irdl.parametric @nir::@signal<%output_shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %result)
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %bias_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %bias_1 = irdl.base "#builtin.dense_resource_elements"
    %bias = irdl.any_of(%bias_0, %bias_1)
    %stride = irdl.base "#builtin.dense_array"
    %padding_0 = irdl.base "#builtin.dense_array"
    %padding_1 = irdl.base "#builtin.string"
    %padding = irdl.any_of(%padding_0, %padding_1)
    %dilation = irdl.base "#builtin.dense_array"
    %groups = irdl.base "#builtin.integer"
    irdl.attributes {"weight" = %weight, "bias" = %bias, "stride" = %stride, "padding" = %padding, "dilation" = %dilation, "groups" = %groups}
  }

  // Sum over windows.
  irdl.operation @sum_pool2d {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    %output_shape = irdl.base "#builtin.array"
    %result = irdl.parametric @nir::@signal<%output_shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %result)
    %kernel_size = irdl.base "#builtin.dense_array"
    %stride = irdl.base "#builtin.dense_array"
    %padding = irdl.base "#builtin.dense_array"
    irdl.attributes {"kernel_size" = %kernel_size, "stride" = %stride, "padding" = %padding}
  }

  // Mean over windows.
  irdl.operation @avg_pool2d {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    %output_shape = irdl.base "#builtin.array"
    %result = irdl.parametric @nir::@signal<%output_shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %result)
    %kernel_size = irdl.base "#builtin.dense_array"
    %stride = irdl.base "#builtin.dense_array"
    %padding = irdl.base "#builtin.dense_array"
    irdl.attributes {"kernel_size" = %kernel_size, "stride" = %stride, "padding" = %padding}
  }

  // Joins the dimensions start_dim to end_dim, counted without the batch. Optional: input_type.
  irdl.operation @flatten {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    %output_shape = irdl.base "#builtin.array"
    %result = irdl.parametric @nir::@signal<%output_shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %result)
    %start_dim = irdl.base "#builtin.integer"
    %end_dim = irdl.base "#builtin.integer"
    irdl.attributes {"start_dim" = %start_dim, "end_dim" = %end_dim}
  }

  // y(t) = x(t - delay).
  irdl.operation @delay {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %signal)
    %delay_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %delay_1 = irdl.base "#builtin.dense_resource_elements"
    %delay = irdl.any_of(%delay_0, %delay_1)
    irdl.attributes {"delay" = %delay}
  }

  // A spike where x > threshold.
  irdl.operation @threshold {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %signal)
    %threshold_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %threshold_1 = irdl.base "#builtin.dense_resource_elements"
    %threshold = irdl.any_of(%threshold_0, %threshold_1)
    irdl.attributes {"threshold" = %threshold}
  }

  // v' = r x.
  irdl.operation @i {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %signal)
    %r_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %r_1 = irdl.base "#builtin.dense_resource_elements"
    %r = irdl.any_of(%r_0, %r_1)
    irdl.attributes {"r" = %r}
  }

  // tau v' = (v_leak - v) + r x.
  irdl.operation @li {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %signal)
    %tau_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %tau_1 = irdl.base "#builtin.dense_resource_elements"
    %tau = irdl.any_of(%tau_0, %tau_1)
    %r_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %r_1 = irdl.base "#builtin.dense_resource_elements"
    %r = irdl.any_of(%r_0, %r_1)
    %v_leak_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %v_leak_1 = irdl.base "#builtin.dense_resource_elements"
    %v_leak = irdl.any_of(%v_leak_0, %v_leak_1)
    irdl.attributes {"tau" = %tau, "r" = %r, "v_leak" = %v_leak}
  }

  // v' = r x; a spike where v > v_threshold. Optional: v_reset.
  irdl.operation @if {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %signal)
    %r_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %r_1 = irdl.base "#builtin.dense_resource_elements"
    %r = irdl.any_of(%r_0, %r_1)
    %v_threshold_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %v_threshold_1 = irdl.base "#builtin.dense_resource_elements"
    %v_threshold = irdl.any_of(%v_threshold_0, %v_threshold_1)
    irdl.attributes {"r" = %r, "v_threshold" = %v_threshold}
  }

  // tau v' = (v_leak - v) + r x; a spike where v > v_threshold. Optional: v_reset.
  irdl.operation @lif {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %signal)
    %tau_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %tau_1 = irdl.base "#builtin.dense_resource_elements"
    %tau = irdl.any_of(%tau_0, %tau_1)
    %r_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %r_1 = irdl.base "#builtin.dense_resource_elements"
    %r = irdl.any_of(%r_0, %r_1)
    %v_leak_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %v_leak_1 = irdl.base "#builtin.dense_resource_elements"
    %v_leak = irdl.any_of(%v_leak_0, %v_leak_1)
    %v_threshold_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %v_threshold_1 = irdl.base "#builtin.dense_resource_elements"
    %v_threshold = irdl.any_of(%v_threshold_0, %v_threshold_1)
    irdl.attributes {"tau" = %tau, "r" = %r, "v_leak" = %v_leak, "v_threshold" = %v_threshold}
  }

  // tau_syn i' = -i + w_in x; tau_mem v' = (v_leak - v) + r i. Optional: w_in.
  irdl.operation @cuba_li {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %signal)
    %tau_syn_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %tau_syn_1 = irdl.base "#builtin.dense_resource_elements"
    %tau_syn = irdl.any_of(%tau_syn_0, %tau_syn_1)
    %tau_mem_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %tau_mem_1 = irdl.base "#builtin.dense_resource_elements"
    %tau_mem = irdl.any_of(%tau_mem_0, %tau_mem_1)
    %r_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %r_1 = irdl.base "#builtin.dense_resource_elements"
    %r = irdl.any_of(%r_0, %r_1)
    %v_leak_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %v_leak_1 = irdl.base "#builtin.dense_resource_elements"
    %v_leak = irdl.any_of(%v_leak_0, %v_leak_1)
    irdl.attributes {"tau_syn" = %tau_syn, "tau_mem" = %tau_mem, "r" = %r, "v_leak" = %v_leak}
  }

  // As cuba_li; a spike where v > v_threshold. Optional: v_reset, w_in.
  irdl.operation @cuba_lif {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %signal)
    %tau_syn_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %tau_syn_1 = irdl.base "#builtin.dense_resource_elements"
    %tau_syn = irdl.any_of(%tau_syn_0, %tau_syn_1)
    %tau_mem_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %tau_mem_1 = irdl.base "#builtin.dense_resource_elements"
    %tau_mem = irdl.any_of(%tau_mem_0, %tau_mem_1)
    %r_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %r_1 = irdl.base "#builtin.dense_resource_elements"
    %r = irdl.any_of(%r_0, %r_1)
    %v_leak_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %v_leak_1 = irdl.base "#builtin.dense_resource_elements"
    %v_leak = irdl.any_of(%v_leak_0, %v_leak_1)
    %v_threshold_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %v_threshold_1 = irdl.base "#builtin.dense_resource_elements"
    %v_threshold = irdl.any_of(%v_threshold_0, %v_threshold_1)
    irdl.attributes {"tau_syn" = %tau_syn, "tau_mem" = %tau_mem, "r" = %r, "v_leak" = %v_leak, "v_threshold" = %v_threshold}
  }

  // A nested graph: the module that `callee` names.
  irdl.operation @graph {
    %shape = irdl.base "#builtin.array"
    %signal = irdl.parametric @nir::@signal<%shape>
    %output_shape = irdl.base "#builtin.array"
    %result = irdl.parametric @nir::@signal<%output_shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %result)
    %callee = irdl.base "#builtin.symbol_ref"
    irdl.attributes {"callee" = %callee}
  }
}
