// Level 4: integers, with the widths, rounding and saturation that the ops say. See
// docs/dialects/quant.md.
//
// Module attributes: quant.step (s), quant.target (name of a chip or an arithmetic).
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

  // Cross-correlation in one or two dimensions: every spike is an event of weight << shift at each
  // target whose window it is in, sources in ascending order; weight [out channels, in channels /
  // groups, ...]; padding: before and after, for each dimension. scale: integer per real weight, one
  // or one for each out channel; relative_error: RMS error over RMS weight.
  irdl.operation @convolution {
    %shape = irdl.base "#builtin.array"
    %output_shape = irdl.base "#builtin.array"
    %spikes = irdl.parametric @quant::@spikes<%shape>
    %events = irdl.parametric @quant::@events<%output_shape>
    irdl.operands(input: %spikes)
    irdl.results(events: %events)
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %stride = irdl.base "#builtin.dense_array"
    %padding = irdl.base "#builtin.dense_array"
    %dilation = irdl.base "#builtin.dense_array"
    %groups = irdl.base "#builtin.integer"
    %shift = irdl.base "#builtin.integer"
    %scale_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %scale_1 = irdl.base "#builtin.dense_resource_elements"
    %scale = irdl.any_of(%scale_0, %scale_1)
    %relative_error = irdl.base "#builtin.float"
    irdl.attributes {"weight" = %weight, "stride" = %stride, "padding" = %padding, "dilation" = %dilation, "groups" = %groups, "shift" = %shift, "scale" = %scale, "relative_error" = %relative_error}
  }

  // The spikes of all elements of a window of a channel are spikes of one element; padding: before
  // and after, for each dimension.
  irdl.operation @pool {
    %shape = irdl.base "#builtin.array"
    %output_shape = irdl.base "#builtin.array"
    %spikes = irdl.parametric @quant::@spikes<%shape>
    %result = irdl.parametric @quant::@spikes<%output_shape>
    irdl.operands(input: %spikes)
    irdl.results(output: %result)
    %kernel_size = irdl.base "#builtin.dense_array"
    %stride = irdl.base "#builtin.dense_array"
    %padding = irdl.base "#builtin.dense_array"
    irdl.attributes {"kernel_size" = %kernel_size, "stride" = %stride, "padding" = %padding}
  }

  // Events of the operands in order, one at a time, are added to the current i "before-decay" or
  // "after-decay" of i (event_timing); after each, i "saturate"s at current_range or "wrap"s around
  // in it. decay: with "bit-shift" x loses x >> d, at least 1 towards 0; with "multiply" it keeps
  // x d / 2^decay_bits, with rounding "toward-zero" or "down"; d is decay_syn or decay_mem. Then
  // membrane_overflow "saturate": v = sat(decay(v) + i + bias); "saturate-increment": v = sat(v +
  // sat(sat(wrap(decay(v) - v) + i) + bias)); in membrane_range. Spikes while v > or >= threshold
  // (compare) and fewer than max_spikes; each lowers v by threshold, wrapping around (reset
  // "subtract"), or the first sets v = v_reset ("value") or leaves it ("none") and is the last.
  // Optional: decay_bits, rounding (with "multiply"), v_reset (with "value"), bias. scale: integer
  // per unit of the real v. decay_error: largest error of a decay factor.
  irdl.operation @neuron {
    %shape = irdl.base "#builtin.array"
    %events = irdl.parametric @quant::@events<%shape>
    %spikes = irdl.parametric @quant::@spikes<%shape>
    irdl.operands(events: variadic %events)
    irdl.results(output: %spikes)
    %event_timing = irdl.base "#builtin.string"
    %decay = irdl.base "#builtin.string"
    %decay_syn_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %decay_syn_1 = irdl.base "#builtin.dense_resource_elements"
    %decay_syn = irdl.any_of(%decay_syn_0, %decay_syn_1)
    %decay_mem_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %decay_mem_1 = irdl.base "#builtin.dense_resource_elements"
    %decay_mem = irdl.any_of(%decay_mem_0, %decay_mem_1)
    %current_range = irdl.base "#builtin.dense_array"
    %current_overflow = irdl.base "#builtin.string"
    %membrane_range = irdl.base "#builtin.dense_array"
    %membrane_overflow = irdl.base "#builtin.string"
    %compare = irdl.base "#builtin.string"
    %threshold_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %threshold_1 = irdl.base "#builtin.dense_resource_elements"
    %threshold = irdl.any_of(%threshold_0, %threshold_1)
    %reset = irdl.base "#builtin.string"
    %max_spikes = irdl.base "#builtin.integer"
    %scale_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %scale_1 = irdl.base "#builtin.dense_resource_elements"
    %scale = irdl.any_of(%scale_0, %scale_1)
    %decay_error = irdl.base "#builtin.float"
    irdl.attributes {"event_timing" = %event_timing, "decay" = %decay, "decay_syn" = %decay_syn, "decay_mem" = %decay_mem, "current_range" = %current_range, "current_overflow" = %current_overflow, "membrane_range" = %membrane_range, "membrane_overflow" = %membrane_overflow, "compare" = %compare, "threshold" = %threshold, "reset" = %reset, "max_spikes" = %max_spikes, "scale" = %scale, "decay_error" = %decay_error}
  }

  // Weights are integers, the state is 32-bit floats, and every sum and product is rounded to one. p and
  // n: the sums of the positive weights of a step's events and of the magnitudes of the negative. e =
  // p, h = n; with decay_excitatory and decay_inhibitory e = e decay_excitatory + p, h = h
  // decay_inhibitory + n. v = v decay_mem + ((e - h) + bias). A spike where v >= threshold, which
  // then takes the threshold off (reset "subtract") or sets v = v_reset ("value"). Optional:
  // decay_excitatory and decay_inhibitory, bias, v_reset (with "value"), v_initial. All but scale
  // are of type f32. scale: units per unit of the real v.
  irdl.operation @float_neuron {
    %shape = irdl.base "#builtin.array"
    %events = irdl.parametric @quant::@events<%shape>
    %spikes = irdl.parametric @quant::@spikes<%shape>
    irdl.operands(events: variadic %events)
    irdl.results(output: %spikes)
    %decay_mem_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %decay_mem_1 = irdl.base "#builtin.dense_resource_elements"
    %decay_mem = irdl.any_of(%decay_mem_0, %decay_mem_1)
    %threshold_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %threshold_1 = irdl.base "#builtin.dense_resource_elements"
    %threshold = irdl.any_of(%threshold_0, %threshold_1)
    %reset = irdl.base "#builtin.string"
    %scale_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %scale_1 = irdl.base "#builtin.dense_resource_elements"
    %scale = irdl.any_of(%scale_0, %scale_1)
    irdl.attributes {"decay_mem" = %decay_mem, "threshold" = %threshold, "reset" = %reset, "scale" = %scale}
  }
}
