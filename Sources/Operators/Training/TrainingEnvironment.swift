public import ModelGraph

/// What PyTorch's kernels ask of the device and of the libraries below them.
public struct TrainingEnvironment: Hashable, Sendable {
  /// Ten times the major plus the minor number of the compute capability, such as 80.
  public var computeCapability: Int
  public var multiprocessors: Int
  public var threadsPerMultiprocessor: Int

  /// The bytes that cuBLAS takes for each matrix product and gives back after it.
  public var matrixProductWorkspace: Int

  /// The bytes that cuBLASLt takes for a product with a bias.
  public var fusedProductWorkspace: Int

  /// Whether each thread keeps cuBLAS's workspace after its first product, as up to PyTorch 2.14.
  public var keepsWorkspaces = false

  /// Whether the model is in training mode: dropout drops, and statistics are the batch's.
  public var isTraining = true

  /// How attention is computed.
  public var attention = AttentionKind.automatic

  /// The type that products and convolutions of single precision are computed in under autocast.
  public var autocast: DataType?

  /// The type of the model's parameters.
  public var parameterType = DataType.float32

  public enum AttentionKind: String, Hashable, Sendable, CaseIterable {
    /// One kernel, which PyTorch picks by type, mask and device.
    case automatic = "sdpa"

    /// Products and a softmax, one after the other, as Hugging Face writes it.
    case eager

    /// PyTorch's own composition of products and a softmax.
    case math

    /// The memory-efficient kernel, or FlashAttention.
    case efficient, flash

    /// cuDNN's kernels.
    case cuDNN = "cudnn"
  }

  public init(
    computeCapability: Int, multiprocessors: Int, threadsPerMultiprocessor: Int,
    matrixProductWorkspace: Int, fusedProductWorkspace: Int = 1 << 20
  ) {
    self.computeCapability = computeCapability
    self.multiprocessors = multiprocessors
    self.threadsPerMultiprocessor = threadsPerMultiprocessor
    self.matrixProductWorkspace = matrixProductWorkspace
    self.fusedProductWorkspace = fusedProductWorkspace
  }
}
