import ModelGraph

extension ShapeRule {
  /// What the file declares; sizes that it leaves open are not known.
  static let declared = ShapeRule { call throws(ShapeError) in
    guard !call.declaredOutputs.isEmpty else { throw .unsupported("no size is declared") }
    return call.declaredOutputs.map { $0 ?? .unknown }
  }
}
