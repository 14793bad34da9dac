// Operations of Core ML's programs whose results have the types that the program states.

import ModelGraph

extension OperatorDefinition {
  /// The operations of MIL that no other declaration covers, without those whose work counts or that run bodies:
  /// recurrent ones, `cond` and `while_loop` stay unknown, and are told of.
  ///
  /// <https://apple.github.io/coremltools/source/coremltools.converters.mil.mil.ops.defs.html>
  static let coreMLStated: [OperatorDefinition] = [
    "affine", "argsort", "atanh", "band_part", "clamped_relu", "classify",
    "coreml_update_state", "crop", "crop_resize", "cumsum", "dequantize", "exp2", "fill",
    "fill_like", "flatten2d", "floor_div", "gather_along_axis", "gather_nd", "l2_norm",
    "linear_activation", "list_gather", "list_length", "list_read", "list_scatter", "list_write",
    "local_response_norm", "make_list", "non_maximum_suppression", "non_zero", "one_hot",
    "pad", "pixel_unshuffle", "prelu", "quantize", "random_bernoulli", "random_categorical",
    "random_normal", "random_uniform", "range_1d", "read_state", "reduce_argmax",
    "reduce_argmin", "resample", "reshape_like", "resize", "resize_bilinear",
    "resize_nearest_neighbor", "reverse", "reverse_sequence", "scaled_tanh", "scatter",
    "scatter_along_axis", "scatter_nd", "shape", "slice_by_index", "slice_by_size",
    "slice_update", "sliding_windows", "softplus_parametric", "space_to_batch",
    "batch_to_space", "space_to_depth", "depth_to_space", "stack", "tile", "topk",
    "upsample_bilinear", "upsample_nearest_neighbor",
  ].map { name in
    OperatorDefinition(
      OperatorName(name, domain: "mil"), shape: .declared,
      example: Example(
        OperatorCall(
          [.tensor(.float32, [4, 6])], declaredOutputs: [.tensor(.float32, [2, 3])]),
        [.tensor(.float32, [2, 3])]))
  }
}
