import ModelGraph

/// The tensors that noise is multiplied with and masks are made for, of whose element type they
/// therefore are.
///
/// A path is dropped by a product with noise made like `torch.empty(shape, dtype=x.dtype)`. An export
/// holds a type in place of `x.dtype`, which is another under another precision.
struct NoiseModels {
  /// The tensor that noise goes with, by the noise's name.
  private(set) var models: [String: String] = [:]

  private static let makers: Set = ["empty", "new_empty", "rand"]
  private static let changes: Set = ["bernoulli", "div", "add", "floor", "mul"]

  /// What passes a mask on, for masks made of zeros.
  private static let masks: Set = ["where", "add", "expand", "contiguous", "masked_fill"]

  init(_ body: ExportedBody) {
    if body.calls({ Self.makers.contains($0.name) }) { findNoise(body) }
    if body.calls({ $0.name == "zeros" }) { findMasks(body) }
  }

  private mutating func findNoise(_ body: ExportedBody) {
    var origins: [String: String] = [:]
    var places: [String: Int] = [:]
    var quotients: [String: String] = [:]
    for index in body.nodes.indices {
      let name = body.nodes[index].target.name
      let (operands, outputs) = (body.nodes[index].tensorNames, body.nodes[index].outputs)
      if Self.makers.contains(name), let output = outputs.first, let output {
        origins[output] = output
      } else if let noise = operands.lazy.compactMap({ origins[$0] }).first {
        // `x.div(0.9) * noise` divides after the noise is made.
        let factor = operands.first { origins[$0] == nil }
        let other = factor.map { quotients[$0] ?? $0 }
        if let other, (places[other] ?? -1) < (places[noise] ?? -1) {
          models[noise] = models[noise] ?? (name == "mul" ? other : nil)
        } else if Self.changes.contains(name) {
          for case let output? in outputs { origins[output] = noise }
        }
      }
      for case let output? in outputs {
        places[output] = index
        if name == "div", operands.count == 1 { quotients[output] = operands[0] }
      }
    }
  }

  /// Finds masks that an attention module makes of zeros itself, which are of its queries' type.
  private mutating func findMasks(_ body: ExportedBody) {
    var origins: [String: (name: String, module: String)] = [:]
    for node in body.nodes {
      let name = node.target.name
      if name == "zeros", let output = node.outputs.first, let output, let frame = node.frames.last,
        body.tensors[output]?.dataType.isFloatingPoint ?? false
      {
        origins[output] = (output, frame.module)
      } else if Self.masks.contains(name), let output = node.outputs.first, let output {
        origins[output] =
          node.tensorNames.lazy.compactMap {
            origins[$0]
          }.first
      } else if name == "scaled_dot_product_attention", let mask = node.tensor("attn_mask"),
        let origin = origins[mask], origin.module == node.frames.last?.module
      {
        models[origin.name] = models[origin.name] ?? node.tensor("query")
      }
    }
  }
}
