import ModelGraph

/// A table of sines and cosines of positions, which a module of transformers computes when it is made
/// and again when the model around it sets its weights.
///
/// All modules that keep such a table call it `weights`; none of it is stored.
/// Source: `get_embedding` and `_init_weights` of `modeling_m2m_100.py` and its copies, transformers 5.23.
struct SineTable {
  let name: String
  let type: TensorType

  /// What a state's name and type tell; `nil` if it is no such table.
  init?(_ name: String, _ type: TensorType) {
    guard name.hasSuffix(".weights"), type.rank == 2, type.shape[1] > 1,
      type.dataType.isFloatingPoint
    else { return nil }
    (self.name, self.type) = (name, type)
  }

  /// Computes the table.
  var construction: [Construction.Step] {
    let (rows, half) = (type.shape[0], type.shape[1] / 2)
    let parts: [(name: String, type: TensorType, dropped: [String])] = [
      ("steps", TensorType(.int64, [half]), []),
      ("numbers", TensorType(.float32, [half]), ["steps"]),
      ("exponents", TensorType(.float32, [half]), ["numbers"]),
      ("frequencies", TensorType(.float32, [half]), ["exponents"]),
      ("places", TensorType(.int64, [rows]), []),
      ("positions", TensorType(.float32, [rows]), ["places"]),
      ("angles", TensorType(.float32, [rows, half]), ["positions", "frequencies"]),
      ("sines", TensorType(.float32, [rows, half]), []),
      ("cosines", TensorType(.float32, [rows, half]), []),
    ]
    var steps: [Construction.Step] = []
    for part in parts {
      steps.append(.make("\(name) \(part.name)", part.type))
      steps += part.dropped.map { .drop("\(name) \($0)") }
    }
    steps.append(.make(name, TensorType(.float32, type.shape)))
    return steps + ["angles", "sines", "cosines"].map { .drop("\(name) \($0)") }
  }

  /// Computes the table once more and copies it.
  var initialization: [Construction.Step] { construction + [.drop(name)] }
}
