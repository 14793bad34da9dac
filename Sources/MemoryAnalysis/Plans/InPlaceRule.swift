/// Which outputs a runtime makes without a buffer of their own.
public enum InPlaceRule: String, Hashable, Sendable, CaseIterable {
  /// Views alone, as PyTorch's eager mode does.
  case views

  /// ONNX Runtime: functions of single elements work in place.
  /// <https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/framework/allocation_planner.cc>
  case onnxruntime

  /// Every operator that can take over an operand's buffer does, sums too, as TensorFlow Lite does.
  case operators

  /// And the operands of a concatenation are made inside its result, and the parts of a split stay in
  /// its operand, where both are runs of bytes: OpenVINO's `inPlace` concatenation on processors.
  /// <https://github.com/openvinotoolkit/openvino/blob/master/src/plugins/intel_cpu/src/nodes/concat.cpp>
  case openvino

  /// The same along any axis, with strides: TensorRT's elimination of concatenations.
  /// <https://docs.nvidia.com/deeplearning/tensorrt/latest/architecture/how-trt-works.html>
  case tensorrt
}

extension InPlaceRule {
  /// What a runtime does at inference, as it is modelled here.
  public init(_ runtime: Runtime) {
    self = runtime == .onnxruntime ? .onnxruntime : .operators
  }

  var elidesConcatenations: Bool { self == .openvino || self == .tensorrt }

  func reuse(_ views: ViewRule) -> BufferReuse.Options {
    BufferReuse.Options(
      views: views, isElementwiseOnly: self == .onnxruntime, takesFreedBuffers: false,
      leavesOutOutputs: true, worksInPlace: self != .views, elided: self)
  }
}
