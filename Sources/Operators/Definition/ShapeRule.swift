public import ModelGraph

/// How the types of the outputs follow from a call.
public struct ShapeRule: Sendable {
  /// The largest rank that is followed; no runtime has tensors of more axes.
  public static let maximumRank = 128

  private let infer: @Sendable (OperatorCall) throws(ShapeError) -> [ValueType]

  public init(_ infer: @escaping @Sendable (OperatorCall) throws(ShapeError) -> [ValueType]) {
    self.infer = infer
  }

  /// Makes a rule for operators with one tensor as output.
  public static func tensor(
    _ infer: @escaping @Sendable (OperatorCall) throws(ShapeError) -> TensorType
  ) -> ShapeRule {
    ShapeRule { call throws(ShapeError) in [.tensor(try infer(call))] }
  }

  /// The types of the outputs, each checked to be plausible.
  public func callAsFunction(_ call: OperatorCall) throws(ShapeError) -> [ValueType] {
    let types = try infer(call)
    for case .tensor(let type) in types {
      guard type.rank <= Self.maximumRank else { throw .unsupported("\(type.rank) axes") }
      if let axis = type.shape.firstIndex(where: { $0 < 0 }) {
        throw .negativeSize(axis: axis, size: type.shape[axis])
      }
      guard type.shape.isPlausible else { throw .tooLarge(type) }
    }
    return types
  }
}
