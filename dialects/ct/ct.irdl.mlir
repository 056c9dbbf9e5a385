// Level 2: one hybrid system in continuous time. See docs/dialects/ct.md.
//
// Module attribute: ct.step (s), the step of the time grid of spikes and of the discretisation.
irdl.dialect @ct {
  // Spikes. Form "pulse": amplitude 1 for a time `area` (in seconds). Form "impulse": a Dirac
  // impulse of integral `area`.
  irdl.type @spikes {
    %shape = irdl.base "#builtin.array"
    %form = irdl.base "#builtin.string"
    %area = irdl.base "#builtin.float"
    irdl.parameters(shape: %shape, form: %form, area: %area)
  }

  // A continuous signal: a current, or the membrane potential of a neuron without threshold.
  irdl.type @current {
    %shape = irdl.base "#builtin.array"
    irdl.parameters(shape: %shape)
  }

  // Where signals enter.
  irdl.operation @input {
    %shape = irdl.base "#builtin.array"
    %signal_form = irdl.any
    %signal_area = irdl.any
    %signal_spikes = irdl.parametric @ct::@spikes<%shape, %signal_form, %signal_area>
    %signal_current = irdl.parametric @ct::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    irdl.results(output: %signal)
  }

  // Where signals leave.
  irdl.operation @output {
    %shape = irdl.base "#builtin.array"
    %signal_form = irdl.any
    %signal_area = irdl.any
    %signal_spikes = irdl.parametric @ct::@spikes<%shape, %signal_form, %signal_area>
    %signal_current = irdl.parametric @ct::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    irdl.operands(input: %signal)
  }

  // y = W x; weight [..., out, in].
  irdl.operation @linear {
    %shape = irdl.base "#builtin.array"
    %output_shape = irdl.base "#builtin.array"
    %signal_form = irdl.any
    %signal_area = irdl.any
    %signal_spikes = irdl.parametric @ct::@spikes<%shape, %signal_form, %signal_area>
    %signal_current = irdl.parametric @ct::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result = irdl.parametric @ct::@current<%output_shape>
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
    %signal_form = irdl.any
    %signal_area = irdl.any
    %signal_spikes = irdl.parametric @ct::@spikes<%shape, %signal_form, %signal_area>
    %signal_current = irdl.parametric @ct::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result = irdl.parametric @ct::@current<%output_shape>
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
    %signal_form = irdl.any
    %signal_area = irdl.any
    %signal_spikes = irdl.parametric @ct::@spikes<%shape, %signal_form, %signal_area>
    %signal_current = irdl.parametric @ct::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result = irdl.parametric @ct::@current<%output_shape>
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
    %signal_form = irdl.any
    %signal_area = irdl.any
    %signal_spikes = irdl.parametric @ct::@spikes<%shape, %signal_form, %signal_area>
    %signal_current = irdl.parametric @ct::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result = irdl.parametric @ct::@current<%shape>
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
    %signal_form = irdl.any
    %signal_area = irdl.any
    %signal_spikes = irdl.parametric @ct::@spikes<%shape, %signal_form, %signal_area>
    %signal_current = irdl.parametric @ct::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result = irdl.parametric @ct::@current<%shape>
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
    %signal_form = irdl.any
    %signal_area = irdl.any
    %signal_spikes = irdl.parametric @ct::@spikes<%shape, %signal_form, %signal_area>
    %signal_current = irdl.parametric @ct::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result_form = irdl.any
    %result_area = irdl.any
    %result_spikes = irdl.parametric @ct::@spikes<%output_shape, %result_form, %result_area>
    %result_current = irdl.parametric @ct::@current<%output_shape>
    %result = irdl.any_of(%result_spikes, %result_current)
    irdl.operands(input: %signal)
    irdl.results(output: %result)
  }

  // The sum of all operands.
  irdl.operation @sum {
    %shape = irdl.base "#builtin.array"
    %signal_form = irdl.any
    %signal_area = irdl.any
    %signal_spikes = irdl.parametric @ct::@spikes<%shape, %signal_form, %signal_area>
    %signal_current = irdl.parametric @ct::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result = irdl.parametric @ct::@current<%shape>
    irdl.operands(inputs: variadic %signal)
    irdl.results(output: %result)
  }

  // y(t) = x(t - delay), delay in seconds.
  irdl.operation @delay {
    %shape = irdl.base "#builtin.array"
    %signal_form = irdl.any
    %signal_area = irdl.any
    %signal_spikes = irdl.parametric @ct::@spikes<%shape, %signal_form, %signal_area>
    %signal_current = irdl.parametric @ct::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result_form = irdl.any
    %result_area = irdl.any
    %result_spikes = irdl.parametric @ct::@spikes<%shape, %result_form, %result_area>
    %result_current = irdl.parametric @ct::@current<%shape>
    %result = irdl.any_of(%result_spikes, %result_current)
    irdl.operands(input: %signal)
    irdl.results(output: %result)
    %delay_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %delay_1 = irdl.base "#builtin.dense_resource_elements"
    %delay = irdl.any_of(%delay_0, %delay_1)
    irdl.attributes {"delay" = %delay}
  }

  // The neuron. Optional, per neuron: tau_syn (s) and w_in: tau_syn i' = -i + w_in x, else i = x;
  // r, and tau_mem (s) and v_leak: tau_mem v' = (v_leak - v) + r i, without tau_mem v' = r i,
  // without r v = i; v_threshold: a spike where v > v_threshold; v_reset. reset: "value" (v
  // becomes v_reset), "subtract" (v falls by v_threshold), "none" for a neuron without threshold
  // or without r.
  irdl.operation @neuron {
    %shape = irdl.base "#builtin.array"
    %signal_form = irdl.any
    %signal_area = irdl.any
    %signal_spikes = irdl.parametric @ct::@spikes<%shape, %signal_form, %signal_area>
    %signal_current = irdl.parametric @ct::@current<%shape>
    %signal = irdl.any_of(%signal_spikes, %signal_current)
    %result_form = irdl.any
    %result_area = irdl.any
    %result_spikes = irdl.parametric @ct::@spikes<%shape, %result_form, %result_area>
    %result_current = irdl.parametric @ct::@current<%shape>
    %result = irdl.any_of(%result_spikes, %result_current)
    irdl.operands(input: %signal)
    irdl.results(output: %result)
    %reset = irdl.base "#builtin.string"
    irdl.attributes {"reset" = %reset}
  }
}
