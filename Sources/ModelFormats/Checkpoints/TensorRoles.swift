import ModelGraph

/// Tells trained weights from what is merely stored, by the name and the type of a tensor.
///
/// A checkpoint does not say which of its tensors an optimizer would change. This table does, for
/// the names that the libraries give to what PyTorch calls buffers; whatever is not in it counts as
/// a parameter, packed and quantised weights and their scales included.
enum TensorRoles {
  static func role(of name: String, type: TensorType) -> Tensor.Role {
    // Nothing has a gradient with respect to a 64-bit integer or a truth value: counters, index
    // tables, shapes of packed weights, masks.
    if type.dataType == .int64 || type.dataType == .bool { return .state }
    let (owner, last) = lastTwoComponents(of: name)
    switch last {
    case "weight": return tablesStoredAsWeights.contains(owner) ? .state : .parameter
    case "bias": return isCausalMask(type.shape) ? .state : .parameter
    default: return stateNames.contains(last) ? .state : .parameter
    }
  }

  /// The diagnostic that goes with every model whose roles were told here.
  static func diagnostic(for tensors: [Tensor]) -> Diagnostic {
    let count = tensors.count { $0.role == .state }
    return Diagnostic(
      .note, "rolesToldByName",
      "parameters and state are told apart by name: \(count) of \(tensors.count) tensors are state")
  }

  /// The last component of a tensor's path, for what is state wherever it occurs.
  static let stateNames: Set<Substring> = [
    // Normalization layers: statistics of the batches seen.
    "running_mean", "running_var", "num_batches_tracked",
    // Transformers: index tables, masks and rotary tables made anew from the configuration.
    "position_ids", "token_type_ids", "inv_freq", "original_inv_freq", "cos_cached", "sin_cached",
    "freqs_cis", "masked_bias", "causal_mask", "attn_mask", "attention_mask", "_float_tensor",
    "relative_position_index", "relative_coords_table", "alibi",
    // Diffusion: the noise schedule, in the names of the first implementation.
    "betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod",
    "sqrt_one_minus_alphas_cumprod", "log_one_minus_alphas_cumprod", "sqrt_recip_alphas_cumprod",
    "sqrt_recipm1_alphas_cumprod", "posterior_variance", "posterior_log_variance_clipped",
    "posterior_mean_coef1", "posterior_mean_coef2",
    // Running averages of weights: their decay and their step.
    "num_updates",
    // Quantised weights: the order of the columns (GPTQ), the code book and what describes the
    // packing (bitsandbytes).
    "g_idx", "quant_map", "nested_quant_map", "bitsandbytes__nf4", "bitsandbytes__fp4",
    // Spectral normalization: the estimates of singular vectors.
    "weight_u", "weight_v", "_u", "_v",
  ]

  /// The owner of a `weight` that is a table and no weight: GGUF's factors of rotary positions.
  static let tablesStoredAsWeights: Set<Substring> = [
    "rope_freqs", "rope_factors_long", "rope_factors_short",
  ]

  /// Whether a `bias` is the triangular mask that GPT-2 and its kin store, `[1, 1, n, n]`.
  private static func isCausalMask(_ shape: Shape) -> Bool {
    shape.count == 4 && shape[0] == 1 && shape[1] == 1 && shape[2] == shape[3] && shape[2] > 1
  }

  private static func lastTwoComponents(of name: String) -> (owner: Substring, last: Substring) {
    let utf8 = name.utf8
    guard let dot = utf8.lastIndex(of: UInt8(ascii: ".")) else { return ("", name[...]) }
    let before = utf8[..<dot]
    let start = before.lastIndex(of: UInt8(ascii: ".")).map(utf8.index(after:)) ?? utf8.startIndex
    return (name[start..<dot], name[utf8.index(after: dot)...])
  }
}
