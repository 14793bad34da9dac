import ModelGraph

extension ShapeRule {
  /// The input as an optional, or an absent value without one.
  static let optional = ShapeRule { call throws(ShapeError) in
    [.optional(call.has(0) ? try call.type(0) : nil)]
  }

  /// What is in an optional; what is none is taken as it is.
  static let optionalElement = ShapeRule { call throws(ShapeError) in
    guard case .optional(let wrapped) = try call.type(0) else { return [try call.type(0)] }
    guard let wrapped else { throw .incompatible(rule: "the optional is empty", shapes: []) }
    return [wrapped]
  }

  static let optionalHasElement = ShapeRule { _ throws(ShapeError) in [.tensor(.bool, [])] }
}
