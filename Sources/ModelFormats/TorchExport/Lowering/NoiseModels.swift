/// The tensors that noise is multiplied with, of whose element type it therefore is.
///
/// A path is dropped by a product with noise made like `torch.empty(shape, dtype=x.dtype)`. An export
/// holds a type in place of `x.dtype`, which is another under another precision.
struct NoiseModels {
  /// The tensor that noise goes with, by the noise's name.
  private(set) var models: [String: String] = [:]

  private static let makers: Set = ["empty", "new_empty", "rand"]
  private static let changes: Set = ["bernoulli", "div", "add", "floor", "mul"]

  init() {}

  init(_ body: ExportedBody) {
    var origins: [String: String] = [:]
    var places: [String: Int] = [:]
    for (index, node) in body.nodes.enumerated() {
      let name = AtenTarget(node.target).name
      let operands = node.arguments.flatMap(\.value.tensorNames)
      if Self.makers.contains(name), let output = node.outputs.first, let output {
        origins[output] = output
      } else if let noise = operands.compactMap({ origins[$0] }).first {
        let other = operands.first { origins[$0] == nil }
        if let other, (places[other] ?? -1) < (places[noise] ?? -1) {
          models[noise] = models[noise] ?? (name == "mul" ? other : nil)
        } else if Self.changes.contains(name) {
          for case let output? in node.outputs { origins[output] = noise }
        }
      }
      for case let output? in node.outputs { places[output] = index }
    }
  }
}
