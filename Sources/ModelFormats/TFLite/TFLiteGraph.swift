import ModelGraph
import Operators

/// A file's graph in two readings: with the sizes it was converted for, and with its open sizes.
///
/// Converters fill in 1 for an open size and derive all other sizes from that; as long as nobody
/// chooses another, the runtime keeps them, and so does this.
struct TFLiteGraph: GraphSource {
  let converted: SymbolicGraph
  let open: SymbolicGraph

  func bind(_ bindings: Bindings) throws(BindingError) -> BoundGraph {
    let isChosen =
      !bindings.sizes.isEmpty || bindings.batch != nil || bindings.sequence != nil
      || bindings.image != nil || !bindings.inputs.isEmpty
    guard !isChosen else { return try open.bind(bindings) }
    var bound = try converted.bind(bindings)
    // The 1 that a converter writes for an open size is no statement that could be contradicted.
    let filledIn = Set(open.values.filter(\.hasOpenSize).map(\.name))
    bound.diagnostics.removeAll { $0.isDifference && filledIn.contains($0.location) }
    // Without one that stays, the note of how many more there are says nothing either.
    if !bound.diagnostics.contains(where: { $0.isDifference && $0.severity > .note }) {
      bound.diagnostics.removeAll(where: \.isDifference)
    }
    return bound
  }

  func declaredType(ofInput name: String) -> DeclaredType? { open.declaredType(ofInput: name) }
}

extension Diagnostic {
  fileprivate var isDifference: Bool { code == "declaredTypeDiffers" }
}

extension SymbolicValue {
  fileprivate var hasOpenSize: Bool {
    guard case .tensor(_, let dimensions?) = declared else { return false }
    return dimensions.contains { dimension in
      if case .size = dimension { return false }
      return true
    }
  }
}
