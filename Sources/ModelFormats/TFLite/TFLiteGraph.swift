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
    return try isChosen ? open.bind(bindings) : converted.bind(bindings)
  }

  func declaredType(ofInput name: String) -> DeclaredType? { open.declaredType(ofInput: name) }
}
