// Level 3: difference equations. See docs/dialects/dt.md.
//
// Module attribute: dt.step (s), what a step stands for.
irdl.dialect @dt {
  // Spikes: 0 or 1 in a step (more where the neuron that makes them says so).
  irdl.type @spikes {
    %shape = irdl.base "#builtin.array"
    irdl.parameters(shape: %shape)
  }

  // One real number for each element in each step.
  irdl.type @current {
    %shape = irdl.base "#builtin.array"
    irdl.parameters(shape: %shape)
  }

  // Where signals enter.
  irdl.operation @input {
    %shape = irdl.base "#builtin.array"
    %signal_spikes = irdl.parametric @dt::@spikes<%shape>
    %signal_current = irdl.parametric @dt::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    irdl.results(output: %signal)
  }

  // Where signals leave.
  irdl.operation @output {
    %shape = irdl.base "#builtin.array"
    %signal_spikes = irdl.parametric @dt::@spikes<%shape>
    %signal_current = irdl.parametric @dt::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    irdl.operands(input: %signal)
  }

  // y = W x; weight [..., out, in].
  irdl.operation @linear {
    %shape = irdl.base "#builtin.array"
    %output_shape = irdl.base "#builtin.array"
    %signal_spikes = irdl.parametric @dt::@spikes<%shape>
    %signal_current = irdl.parametric @dt::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result = irdl.parametric @dt::@current<%output_shape>
    irdl.operands(input: %signal)
    irdl.results(output: %result)
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    irdl.attributes {"weight" = %weight}
  }

  // Cross-correlation in one or two dimensions; weight [out channels, in channels / groups, ...];
  // padding: before and after, for each dimension.
  irdl.operation @convolution {
    %shape = irdl.base "#builtin.array"
    %output_shape = irdl.base "#builtin.array"
    %signal_spikes = irdl.parametric @dt::@spikes<%shape>
    %signal_current = irdl.parametric @dt::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result = irdl.parametric @dt::@current<%output_shape>
    irdl.operands(input: %signal)
    irdl.results(output: %result)
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %stride = irdl.base "#builtin.dense_array"
    %padding = irdl.base "#builtin.dense_array"
    %dilation = irdl.base "#builtin.dense_array"
    %groups = irdl.base "#builtin.integer"
    irdl.attributes {"weight" = %weight, "stride" = %stride, "padding" = %padding, "dilation" = %dilation, "groups" = %groups}
  }

  // kind "sum" or "average" over windows; padding: before and after, for each dimension, counted
  // by an average.
  irdl.operation @pool {
    %shape = irdl.base "#builtin.array"
    %output_shape = irdl.base "#builtin.array"
    %signal_spikes = irdl.parametric @dt::@spikes<%shape>
    %signal_current = irdl.parametric @dt::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result = irdl.parametric @dt::@current<%output_shape>
    irdl.operands(input: %signal)
    irdl.results(output: %result)
    %kind = irdl.base "#builtin.string"
    %kernel_size = irdl.base "#builtin.dense_array"
    %stride = irdl.base "#builtin.dense_array"
    %padding = irdl.base "#builtin.dense_array"
    irdl.attributes {"kind" = %kind, "kernel_size" = %kernel_size, "stride" = %stride, "padding" = %padding}
  }

  // y = s * x, elementwise.
  irdl.operation @scale {
    %shape = irdl.base "#builtin.array"
    %signal_spikes = irdl.parametric @dt::@spikes<%shape>
    %signal_current = irdl.parametric @dt::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result = irdl.parametric @dt::@current<%shape>
    irdl.operands(input: %signal)
    irdl.results(output: %result)
    %scale_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %scale_1 = irdl.base "#builtin.dense_resource_elements"
    %scale = irdl.any_of(%scale_0, %scale_1)
    irdl.attributes {"scale" = %scale}
  }

  // y = x + b; bias of the shape of x, or one value for each channel.
  irdl.operation @bias {
    %shape = irdl.base "#builtin.array"
    %signal_spikes = irdl.parametric @dt::@spikes<%shape>
    %signal_current = irdl.parametric @dt::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result = irdl.parametric @dt::@current<%shape>
    irdl.operands(input: %signal)
    irdl.results(output: %result)
    %bias_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %bias_1 = irdl.base "#builtin.dense_resource_elements"
    %bias = irdl.any_of(%bias_0, %bias_1)
    irdl.attributes {"bias" = %bias}
  }

  // The same elements in another shape.
  irdl.operation @reshape {
    %shape = irdl.base "#builtin.array"
    %output_shape = irdl.base "#builtin.array"
    %signal_spikes = irdl.parametric @dt::@spikes<%shape>
    %signal_current = irdl.parametric @dt::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result_spikes = irdl.parametric @dt::@spikes<%output_shape>
    %result_current = irdl.parametric @dt::@current<%output_shape>
    %result = irdl.any_of(%result_spikes, %result_current)
    irdl.operands(input: %signal)
    irdl.results(output: %result)
  }

  // The sum of all operands.
  irdl.operation @sum {
    %shape = irdl.base "#builtin.array"
    %signal_spikes = irdl.parametric @dt::@spikes<%shape>
    %signal_current = irdl.parametric @dt::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result = irdl.parametric @dt::@current<%shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %result)
  }

  // y[t] = x[t - steps], 0 before the first step.
  irdl.operation @register {
    %shape = irdl.base "#builtin.array"
    %signal_spikes = irdl.parametric @dt::@spikes<%shape>
    %signal_current = irdl.parametric @dt::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result_spikes = irdl.parametric @dt::@spikes<%shape>
    %result_current = irdl.parametric @dt::@current<%shape>
    %result = irdl.any_of(%result_spikes, %result_current)
    irdl.operands(input: %signal)
    irdl.results(output: %result)
    %steps_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %steps_1 = irdl.base "#builtin.dense_resource_elements"
    %steps = irdl.any_of(%steps_0, %steps_1)
    irdl.attributes {"steps" = %steps}
  }

  // One step of the neuron. Optional, per neuron: alpha, input_gain: i = alpha i + input_gain x,
  // without alpha i = input_gain x, input_gain 1 if absent; beta (1 if absent), current_gain,
  // leak, input_to_membrane: v = beta v + current_gain i + input_to_membrane x + leak, without
  // current_gain v = i + input_to_membrane x + leak; v_threshold; v_reset; v_initial: v
  // before the first step, 0 if absent; v_min: after the reset v = max(v, v_min). membrane_reads:
  // the current "updated" in this step or the "previous" one.
  // comparison_reads: likewise for the potential that is compared with the threshold; with
  // "previous" the spikes of a step do not depend on its input. compare: ">" or ">=". reset:
  // "value", "subtract" or "none", in the "same-step" or the "next-step", after its decay, or, for
  // "subtract", "before-and-after": a v that begins the step above the threshold is compared less
  // one v_threshold for each spike that it would give. max_spikes: spikes in a step at most, each with its reset. integration: where
  // the factors come from, "euler", "exact", "exponential" or "held".
  irdl.operation @neuron {
    %shape = irdl.base "#builtin.array"
    %signal_spikes = irdl.parametric @dt::@spikes<%shape>
    %signal_current = irdl.parametric @dt::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result_spikes = irdl.parametric @dt::@spikes<%shape>
    %result_current = irdl.parametric @dt::@current<%shape>
    %result = irdl.any_of(%result_spikes, %result_current)
    irdl.operands(input: %signal)
    irdl.results(output: %result)
    %integration = irdl.base "#builtin.string"
    %membrane_reads = irdl.base "#builtin.string"
    %comparison_reads = irdl.base "#builtin.string"
    %compare = irdl.base "#builtin.string"
    %reset = irdl.base "#builtin.string"
    %reset_timing = irdl.base "#builtin.string"
    %max_spikes = irdl.base "#builtin.integer"
    irdl.attributes {"integration" = %integration, "membrane_reads" = %membrane_reads, "comparison_reads" = %comparison_reads, "compare" = %compare, "reset" = %reset, "reset_timing" = %reset_timing, "max_spikes" = %max_spikes}
  }
}
