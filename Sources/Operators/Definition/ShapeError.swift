public import ModelGraph

/// Why the types of a node's outputs do not follow from what it is given.
public enum ShapeError: Error, Hashable, Sendable {
  case missingInput(Int)
  case missingAttribute(String)
  case notATensor(Int)

  /// The type of an operand is itself not known.
  case unknownInput(Int)

  /// The shape depends on the contents of an operand, which only running the model can tell.
  case dependsOnContents(Int)
  case axisOutOfRange(axis: Int, rank: Int)
  case rank(input: Int, expected: String, found: Shape)

  /// Shapes that do not go together, and the rule they break.
  case incompatible(rule: String, shapes: [Shape])
  case attribute(name: String, expected: String, found: String)
  case dataType(input: Int, expected: String, found: DataType)
  case tooLarge(TensorType)

  /// A size that comes out negative.
  case negativeSize(axis: Int, size: Int)
  case unsupported(String)
}

extension ShapeError {
  /// Whether the cause is missing knowledge rather than a contradiction in the model.
  public var isLackOfKnowledge: Bool {
    switch self {
    case .unknownInput, .dependsOnContents, .unsupported: true
    default: false
    }
  }
}

extension ShapeError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missingInput(let index): "input \(index) is missing"
    case .missingAttribute(let name): "attribute \(name) is missing"
    case .notATensor(let index): "input \(index) is not a tensor"
    case .unknownInput(let index): "the type of input \(index) is not known"
    case .dependsOnContents(let index):
      "the shape depends on the contents of input \(index), known only when the model runs"
    case .axisOutOfRange(let axis, let rank): "axis \(axis) is outside a tensor of rank \(rank)"
    case .rank(let input, let expected, let found):
      "input \(input) needs \(expected), found shape \(found)"
    case .incompatible(let rule, let shapes):
      "\(rule): \(shapes.map(\.description).joined(separator: " and "))"
    case .attribute(let name, let expected, let found):
      "attribute \(name) needs \(expected), found \(found)"
    case .dataType(let input, let expected, let found):
      "input \(input) needs \(expected), found \(found.rawValue)"
    case .tooLarge(let type): "\(type) has more than 2⁴⁸ elements"
    case .negativeSize(let axis, let size): "axis \(axis) comes out as \(size)"
    case .unsupported(let what): what
    }
  }
}
