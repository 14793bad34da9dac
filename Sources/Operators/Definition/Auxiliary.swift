public import ModelGraph

/// A tensor that the forward pass makes besides the outputs, such as a dropout mask.
public struct Auxiliary: Sendable {
  public let name: String

  /// The tensor's type; `nil` if this call makes none.
  public let type: @Sendable (OperatorCall) -> TensorType?

  /// Whether eager PyTorch makes it at inference too, although nothing reads it then.
  public let isMadeAtInference: Bool

  public init(
    _ name: String, isMadeAtInference: Bool = true,
    type: @escaping @Sendable (OperatorCall) -> TensorType?
  ) {
    self.name = name
    self.isMadeAtInference = isMadeAtInference
    self.type = type
  }
}
