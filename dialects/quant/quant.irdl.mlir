// Level 4: integers, with the arithmetic of the chip that asked for them. See docs/dialects/quant.md.
//
// Module attributes: quant.step (s), quant.target (part number).
irdl.dialect @quant {
  // Spikes: a count of events for each element in each step.
  irdl.type @spikes {
    %shape = irdl.base "#builtin.array"
    irdl.parameters(shape: %shape)
  }

  // Weighted synaptic events of a step, in the order in which they reach their targets.
  irdl.type @events {
    %shape = irdl.base "#builtin.array"
    irdl.parameters(shape: %shape)
  }

  // Where spikes enter: at most max_spikes per element and step.
  irdl.operation @input {
    %shape = irdl.base "#builtin.array"
    %spikes = irdl.parametric @quant::@spikes<%shape>
    irdl.results(output: %spikes)
    %max_spikes = irdl.base "#builtin.integer"
    irdl.attributes {"max_spikes" = %max_spikes}
  }

  // Where spikes leave.
  irdl.operation @output {
    %shape = irdl.base "#builtin.array"
    %spikes = irdl.parametric @quant::@spikes<%shape>
    irdl.operands(input: %spikes)
  }

  // The same elements in another shape.
  irdl.operation @reshape {
    %shape = irdl.base "#builtin.array"
    %output_shape = irdl.base "#builtin.array"
    %spikes = irdl.parametric @quant::@spikes<%shape>
    %result = irdl.parametric @quant::@spikes<%output_shape>
    irdl.operands(input: %spikes)
    irdl.results(output: %result)
  }

  // y[t] = x[t - steps], 0 before the first step.
  irdl.operation @register {
    %shape = irdl.base "#builtin.array"
    %spikes = irdl.parametric @quant::@spikes<%shape>
    irdl.operands(input: %spikes)
    irdl.results(output: %spikes)
    %steps = irdl.base "#builtin.integer"
    irdl.attributes {"steps" = %steps}
  }

  // Every spike of source j is an event of weight[i, j] << shift at target i; sources in ascending
  // order. scale: integer per real weight, for each target; relative_error: RMS error over RMS
  // weight.
  irdl.operation @linear {
    %shape = irdl.base "#builtin.array"
    %output_shape = irdl.base "#builtin.array"
    %spikes = irdl.parametric @quant::@spikes<%shape>
    %events = irdl.parametric @quant::@events<%output_shape>
    irdl.operands(input: %spikes)
    irdl.results(events: %events)
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %shift = irdl.base "#builtin.integer"
    %scale_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %scale_1 = irdl.base "#builtin.dense_resource_elements"
    %scale = irdl.any_of(%scale_0, %scale_1)
    %relative_error = irdl.base "#builtin.float"
    irdl.attributes {"weight" = %weight, "shift" = %shift, "scale" = %scale, "relative_error" = %relative_error}
  }

  // Events of the operands in order, one at a time: i = sat(i + w). Then i = i - decay(i,
  // dash_syn); v from i, dash_mem and the bias (optional, with "increment" only), saturating the
  // "state" or the "increment"; spikes while v >= threshold and fewer than max_spikes, each
  // lowering v by threshold. decay(x, d) = x >> d, at least 1 towards 0. scale: integer per unit
  // of the real v. decay_error: largest error of a decay factor.
  irdl.operation @neuron {
    %shape = irdl.base "#builtin.array"
    %events = irdl.parametric @quant::@events<%shape>
    %spikes = irdl.parametric @quant::@spikes<%shape>
    irdl.operands(events: variadic %events)
    irdl.results(output: %spikes)
    %decay = irdl.base "#builtin.string"
    %dash_syn_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %dash_syn_1 = irdl.base "#builtin.dense_resource_elements"
    %dash_syn = irdl.any_of(%dash_syn_0, %dash_syn_1)
    %dash_mem_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %dash_mem_1 = irdl.base "#builtin.dense_resource_elements"
    %dash_mem = irdl.any_of(%dash_mem_0, %dash_mem_1)
    %threshold_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %threshold_1 = irdl.base "#builtin.dense_resource_elements"
    %threshold = irdl.any_of(%threshold_0, %threshold_1)
    %scale_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %scale_1 = irdl.base "#builtin.dense_resource_elements"
    %scale = irdl.any_of(%scale_0, %scale_1)
    %decay_error = irdl.base "#builtin.float"
    %state_bits = irdl.base "#builtin.integer"
    %saturation = irdl.base "#builtin.string"
    %reset = irdl.base "#builtin.string"
    %max_spikes = irdl.base "#builtin.integer"
    irdl.attributes {"decay" = %decay, "dash_syn" = %dash_syn, "dash_mem" = %dash_mem, "threshold" = %threshold, "scale" = %scale, "decay_error" = %decay_error, "state_bits" = %state_bits, "saturation" = %saturation, "reset" = %reset, "max_spikes" = %max_spikes}
  }
}
