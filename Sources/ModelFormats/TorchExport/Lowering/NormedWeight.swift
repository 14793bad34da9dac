import ModelGraph

/// A weight that PyTorch keeps as directions and lengths, which it is computed of whenever it is asked for.
///
/// The weight is made with its module, before a bias, and becomes the directions.
/// Source: `weight_norm` of `torch/nn/utils/parametrizations.py`, PyTorch 2.15.
struct NormedWeight {
  let lengths: String
  let directions: String
  private let lengthType: TensorType
  private let type: TensorType

  private static let ending = ".parametrizations.weight.original"

  /// The weight whose lengths go by a name; `nil` if it is none.
  init?(lengths name: String, _ types: [String: TensorType]) {
    guard name.hasSuffix(Self.ending + "0") else { return nil }
    directions = name.dropLast() + "1"
    guard let lengthType = types[name], let type = types[directions],
      lengthType.rank == type.rank
    else { return nil }
    (lengths, self.lengthType, self.type) = (name, lengthType, type)
  }

  /// Measures the lengths.
  var construction: [Construction.Step] {
    let axes = type.shape.indices.filter { lengthType.shape[$0] == 1 }
    return [.make(lengths, lengthType), .reduce(type, axes: Set(axes))]
  }

  /// Computes the weight, as often as a model of transformers asks for it while it sets its weights.
  ///
  /// Source: `_init_weights` of `modeling_utils.py` and of `modeling_wav2vec2.py` and its copies,
  /// transformers 5.23.
  var initialization: [Construction.Step] {
    let parts = [("\(directions) whole", type), ("\(lengths) anew", lengthType)]
    let once: [Construction.Step] =
      parts.map { .make($0.0, $0.1) } + parts.reversed().map { .drop($0.0) }
    return once + once + once
  }

  /// Names in the order in which modules list their tensors, with directions before all else of their modules.
  static func directionsFirst(_ names: [String]) -> [String] {
    let ending = ending + "1"
    guard names.contains(where: { $0.hasSuffix(ending) }) else { return names }
    var firsts: [Substring: Int] = [:]
    for (index, name) in names.enumerated() {
      for path in name.modulePaths where firsts[path] == nil { firsts[path] = index }
    }
    let places = names.enumerated().map { index, name -> (Int, Int, Int) in
      guard name.hasSuffix(ending), let first = firsts[name.dropLast(ending.utf8.count)] else {
        return (index, 1, index)
      }
      return (first, 0, index)
    }
    return names.indices.sorted { places[$0] < places[$1] }.map { names[$0] }
  }
}
