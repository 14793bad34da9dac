import ModelGraph

/// What the variables of Keras' layers are called and which of them an optimizer changes.
enum KerasVariables {
  /// The names of an object's variables in the order in which they are saved.
  ///
  /// The kinds are the object's class in snake case, by one source or another.
  static func names(kinds: [String], count: Int, isQuantized: Bool) -> [String]? {
    for kind in kinds {
      if let names = names(kind: kind, count: count, isQuantized: isQuantized) { return names }
    }
    return nil
  }

  private static func names(kind: String, count: Int, isQuantized: Bool) -> [String]? {
    switch kind {
    case "dense", "einsum_dense": weighted("kernel", count, isQuantized)
    case "embedding", "reversible_embedding": weighted("embeddings", count, isQuantized)
    case "conv1d", "conv2d", "conv3d", "conv1d_transpose", "conv2d_transpose", "conv3d_transpose",
      "depthwise_conv1d", "depthwise_conv2d":
      fit(["kernel", "bias"], count)
    case "separable_conv1d", "separable_conv2d":
      fit(["depthwise_kernel", "pointwise_kernel", "bias"], count)
    case "lstm_cell", "gru_cell", "simple_rnn_cell", "conv_lstm_cell", "cudnnlstm", "cudnngru":
      fit(["kernel", "recurrent_kernel", "bias"], count)
    case "batch_normalization", "sync_batch_normalization":
      statistics(count)
    case "layer_normalization", "group_normalization": fit(["gamma", "beta"], count)
    case "additive_attention", "attention": fit(["scale", "concat_score_weight"], count)
    case "rms_normalization": fit(["scale"], count)
    case "normalization": fit(["mean", "variance", "count"], count)
    case "p_re_lu", "prelu": fit(["alpha"], count)
    case "seed_generator": fit(["seed_generator_state"], count)
    case "spectral_normalization": fit(["vector_u"], count)
    default: kind.hasSuffix("_dense") ? weighted("kernel", count, isQuantized) : nil
    }
  }

  /// As many names as there are variables; the last ones are those that a layer may lack.
  private static func fit(_ names: [String], _ count: Int) -> [String]? {
    count <= names.count ? Array(names.prefix(count)) : nil
  }

  /// A matrix, a bias, and what quantisation adds.
  ///
  /// <https://github.com/keras-team/keras/blob/master/keras/src/layers/core/dense.py>,
  /// `variable_serialization_spec`
  private static func weighted(_ name: String, _ count: Int, _ isQuantized: Bool) -> [String]? {
    let hasBias = name == "kernel"
    let eightBit = [
      "inputs_scale", "inputs_amax_history", "kernel_scale", "kernel_amax_history",
      "outputs_grad_scale", "outputs_grad_amax_history",
    ]
    let fourBit = ["kernel_scale", "kernel_zero", "g_idx"]
    switch (count, isQuantized) {
    case (1, _): return [name]
    case (2, false) where hasBias: return [name, "bias"]
    case (2, true): return [name, "\(name)_scale"]
    case (3, true) where hasBias: return [name, "bias", "\(name)_scale"]
    case (4, true) where hasBias: return [name] + fourBit
    case (5, true) where hasBias: return [name, "bias"] + fourBit
    case (7, false) where hasBias: return [name] + eightBit
    case (8, false) where hasBias: return [name, "bias"] + eightBit
    default: return nil
    }
  }

  /// Batch statistics come after what is trained, which a layer may lack.
  private static func statistics(_ count: Int) -> [String]? {
    switch count {
    case 2: ["moving_mean", "moving_variance"]
    case 3: ["gamma", "moving_mean", "moving_variance"]
    case 4: ["gamma", "beta", "moving_mean", "moving_variance"]
    default: nil
    }
  }

  static func role(of name: String) -> Tensor.Role {
    stateNames.contains(name) || oldStateSuffixes.contains { name.hasSuffix($0) }
      ? .state : .parameter
  }

  private static let stateNames: Set = [
    // Normalization: statistics of the batches or of the data seen.
    "moving_mean", "moving_variance", "moving_stddev", "renorm_mean", "renorm_stddev", "mean",
    "variance", "count", "vector_u",
    // Random numbers.
    "seed_generator_state",
    // The running scales of 8-bit floating point.
    "inputs_scale", "outputs_grad_scale", "inputs_amax_history", "kernel_amax_history",
    "outputs_grad_amax_history",
  ]

  /// Keras 1 joined the name of the layer and that of the statistics.
  private static let oldStateSuffixes = ["_running_mean", "_running_std", "_running_var"]
}
