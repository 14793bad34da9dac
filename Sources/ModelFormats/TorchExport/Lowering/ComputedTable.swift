import ModelGraph

/// State that a module of transformers computes when it is made, and again when the model around it sets its
/// weights; none of it is stored.
struct ComputedTable {
  let name: String
  let type: TensorType
  private let kind: Kind

  private enum Kind {
    /// A table of sines and cosines of positions, which all modules that keep one call `weights`.
    case sines

    /// The frequencies by which pairs of elements turn from one position to the next.
    case frequencies

    /// The sines and cosines of all positions times such frequencies.
    case turns

    /// The numbers of the positions.
    case positions
  }

  /// What a state's name and type tell, beside the names of all state; `nil` if it is no such table.
  init?(_ name: String, _ type: TensorType, among state: Set<String>) {
    let rank = type.rank
    if type.dataType == .int64 {
      guard name.hasSuffix("position_ids"), rank == 2, type.shape[0] == 1 else { return nil }
      kind = .positions
    } else if !type.dataType.isFloatingPoint {
      return nil
    } else if name.hasSuffix(".weights"), rank == 2, type.shape[1] > 1 {
      kind = .sines
    } else if name.hasSuffix(".embed_positions"), rank == 2, type.shape[1] > 1 {
      kind = .turns
    } else if name.hasSuffix(Self.frequencies), rank == 1,
      state.contains(name.dropLast(Self.frequencies.count) + "original_" + Self.frequencies)
    {
      kind = .frequencies
    } else {
      return nil
    }
    (self.name, self.type) = (name, type)
  }

  private static let frequencies = "inv_freq"

  /// Computes the table.
  ///
  /// Source: `get_embedding` of `modeling_m2m_100.py`, `compute_default_rope_parameters` of
  /// `modeling_llama.py`, `create_sinusoidal_positions` of `modeling_gptj.py` and their copies, transformers 5.23.
  var construction: [Construction.Step] {
    switch kind {
    case .sines: sines
    case .frequencies: frequencies(type.shape[0], of: .float32, as: name)
    case .turns: turns
    case .positions: [.make(name, type)]
    }
  }

  /// Computes the table once more and copies it.
  ///
  /// Source: `_init_weights` of the same files and of `modeling_utils.py`.
  var initialization: [Construction.Step] { construction + [.drop(name)] }

  /// The path of the model that sets its weights: what holds the module, or the layers that the module is in.
  var model: Substring {
    let parts = name.dottedParts.dropLast(2)
    let list = parts.firstIndex { Int($0) != nil }
    guard let last = list.map({ parts[..<$0].dropLast() })?.last ?? (list == nil ? parts.last : nil)
    else { return "" }
    return name[..<last.endIndex]
  }

  private func part(_ label: String) -> String { "\(name) \(label)" }

  private func make(_ label: String, _ dataType: DataType, _ shape: Shape) -> Construction.Step {
    .make(part(label), TensorType(dataType, shape))
  }

  private func drop(_ labels: String...) -> [Construction.Step] { labels.map { .drop(part($0)) } }

  private var sines: [Construction.Step] {
    let (rows, half) = (type.shape[0], type.shape[1] / 2)
    return [make("steps", .int64, [half]), make("numbers", .float32, [half])] + drop("steps")
      + [make("exponents", .float32, [half])] + drop("numbers")
      + [make("frequencies", .float32, [half])] + drop("exponents")
      + [make("places", .int64, [rows]), make("positions", .float32, [rows])] + drop("places")
      + [make("angles", .float32, [rows, half])] + drop("positions", "frequencies")
      + [make("sines", .float32, [rows, half]), make("cosines", .float32, [rows, half])]
      + [.make(name, TensorType(.float32, type.shape))] + drop("angles", "sines", "cosines")
  }

  private func frequencies(
    _ count: Int, of steps: DataType, as result: String
  ) -> [Construction.Step] {
    [make("steps", steps, [count]), make("quotients", .float32, [count])] + drop("steps")
      + [make("powers", .float32, [count]), make("base", .int64, [])] + drop("base", "quotients")
      + [make("reciprocals", .float32, [count]), .make(result, TensorType(.float32, [count]))]
      + drop("reciprocals", "powers")
  }

  private var turns: [Construction.Step] {
    let (rows, half) = (type.shape[0], type.shape[1] / 2)
    return frequencies(half, of: .int64, as: part("frequencies"))
      + [make("places", .int64, [rows]), make("positions", .float32, [rows])] + drop("places")
      + [make("angles", .float32, [rows, half])] + drop("positions")
      + [make("sines", .float32, [rows, half]), make("cosines", .float32, [rows, half])]
      + [.make(name, TensorType(.float32, type.shape))]
      + drop("sines", "cosines", "frequencies", "angles")
  }
}
