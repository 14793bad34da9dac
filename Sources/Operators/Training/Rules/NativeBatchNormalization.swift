import ModelGraph

/// PyTorch's own batch normalization, which takes what cuDNN does not: inputs without an axis beside
/// batch and channels, and `bfloat16`.
///
/// Source: `_select_batch_norm_backend` of `ATen/native/Normalization.cpp`, `ATen/native/cuda/Normalization.cu`
/// and `Normalization.cuh`, PyTorch 2.15.
struct NativeBatchNormalization {
  private let input: DispatchedTensor
  private let weight: DispatchedTensor?
  private let bias: DispatchedTensor?

  /// The most images that cuDNN takes.
  private static let largestBatch = 880_801

  /// Whether cuDNN takes an input with a weight.
  static func isLeftToCuDNN(_ input: DispatchedTensor, _ weight: DispatchedTensor?) -> Bool {
    guard input.shape.count >= 3, input.shape[0] <= largestBatch, input.dataType != .bfloat16,
      let weight
    else { return false }
    return weight.dataType != .bfloat16
      && (input.dataType != .float16 || weight.dataType == .float32)
  }

  init(_ input: DispatchedTensor, _ weight: DispatchedTensor?, _ bias: DispatchedTensor?) {
    (self.input, self.weight, self.bias) = (input, weight, bias)
  }

  func normalized(by dispatcher: inout Dispatcher) -> DispatchedTensor {
    let kernel = "native_batch_norm"
    let y = dispatcher.make(input.layout.densified(), by: kernel)
    guard dispatcher.environment.isTraining else { return y }
    let mean = dispatcher.make(statistics, by: kernel)
    let deviation = dispatcher.make(statistics, by: kernel)
    let scratch = Scratch(input.layout, valuesEach: 4)
    dispatcher.scratch(scratch.stagingByteCount, scratch.semaphoreByteCount, by: kernel)
    dispatcher.record(
      "NativeBatchNormBackward0", from: [input, weight, bias], to: [y],
      saving: [input, weight, mean, deviation]
    ) { gradients(&$0, $1) }
    return y
  }

  private var statistics: TensorType {
    TensorType(.float32, [input.shape.count > 1 ? input.shape[1] : 1])
  }

  private func gradients(
    _ dispatcher: inout Dispatcher, _ call: BackwardCall
  ) -> [DispatchedTensor?] {
    guard let incoming = call.gradient else { return [nil, nil, nil] }
    let kernel = "native_batch_norm_backward"
    guard input.layout.hasNeighbouringChannels else {
      let gradient = dispatcher.make(input.layout.densified(), by: kernel)
      return [gradient] + parameterGradients(&dispatcher, by: kernel)
    }
    let sums = (0..<2).map { _ in dispatcher.make(statistics, by: kernel) }
    let others = parameterGradients(&dispatcher, by: kernel)
    if incoming.layout.hasNeighbouringChannels {
      let scratch = Scratch(input.layout, valuesEach: 2)
      dispatcher.scratch(scratch.stagingByteCount, scratch.semaphoreByteCount, by: kernel)
    }
    let gradient = dispatcher.make(input.layout.densified(), by: kernel)
    for sum in sums.reversed() { dispatcher.release(sum) }
    return [gradient] + others
  }

  private func parameterGradients(
    _ dispatcher: inout Dispatcher, by kernel: String
  ) -> [DispatchedTensor?] {
    [weight, bias].map { tensor in
      tensor.map { dispatcher.make($0.layout.type, by: kernel) }
    }
  }
}

extension NativeBatchNormalization {
  /// What blocks that share the sums of a channel meet in, where channels lie next to each other.
  ///
  /// Source: `flexible_launch_configs` and `batch_norm_stats_channels_last_cuda_template` of
  /// `Normalization.cuh`.
  fileprivate struct Scratch {
    private(set) var stagingByteCount = 0
    private(set) var semaphoreByteCount = 0

    private static let elementsPerThread = 16
    private static let tileWidth = 32
    private static let threads = 512
    private static let maximumHeight = 128
    private static let leastHeight = 8

    /// Finds the scratch for some values of each block and channel.
    init(_ layout: TensorLayout, valuesEach values: Int) {
      let channels = layout.shape.count > 1 ? layout.shape[1] : 1
      guard layout.hasNeighbouringChannels, channels > 0, layout.elementCount > 0 else { return }
      let rows = layout.elementCount / channels
      var width = min(channels.floorPowerOfTwo, Self.tileWidth)
      let height = min(
        rows.dividedRoundingUp(by: Self.elementsPerThread).floorPowerOfTwo, Self.threads / width)
      if width * height != Self.threads {
        width = min(channels.floorPowerOfTwo, Self.threads / height)
      }
      let blocks = min(
        rows.dividedRoundingUp(by: height * Self.elementsPerThread), Self.maximumHeight)
      guard blocks >= Self.leastHeight else { return }
      stagingByteCount = saturatingProduct(values, channels, blocks, 4)
      semaphoreByteCount = 4 * channels.dividedRoundingUp(by: width)
    }
  }
}

extension TensorLayout {
  /// Whether a kernel finds the channels of one place next to each other.
  ///
  /// Source: `batch_norm_choose_impl` of `ATen/native/cuda/Normalization.cu`.
  fileprivate var hasNeighbouringChannels: Bool {
    guard rank > 1 else { return false }
    return isContiguous ? strides[1] == 1 : isChannelsLast
  }
}
