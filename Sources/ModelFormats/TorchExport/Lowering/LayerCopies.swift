import ModelGraph

/// The layers of `nn.TransformerEncoder` and `nn.TransformerDecoder`, which are copies of one that is made before them and dropped when
/// the constructor that made it returns.
///
/// They are known by the names of their tensors. A layer that is made in the call itself goes at once, which no file tells.
/// Source: `_get_clones` of `torch/nn/modules/transformer.py`, PyTorch 2.15.
struct LayerCopies {
  /// The tensors of the original, by the name of its first copy's first tensor.
  private var originals: [String: [String]] = [:]

  /// The names of originals that are dropped after a tensor; after all where that is `nil`.
  private var dropped: [String?: [String]] = [:]

  init(_ names: [String]) {
    let mark = ".layers.0.self_attn.in_proj_weight"
    let found = names.filter { $0.hasSuffix(mark) }
    guard !found.isEmpty else { return }
    for name in found {
      let list = String(name.dropLast(mark.utf8.count))
      let layer = names.filter { $0.hasPrefix("\(list).layers.0.") }
      guard let first = layer.first else { continue }
      originals[first] = layer
      let owner = list.lastIndex(of: ".").map { String(list[..<$0]) } ?? ""
      let siblings = ["encoder", "decoder"].map { owner.isEmpty ? $0 : "\(owner).\($0)" }
      let isWhole = !owner.isEmpty && siblings.allSatisfy { found.contains($0 + mark) }
      let last = isWhole ? names.last { $0.hasPrefix("\(owner).") } : nil
      dropped[last, default: []] += layer
    }
  }

  /// What is made before a tensor.
  func construction(before name: String, _ types: [String: TensorType]) -> [Construction.Step] {
    (originals[name] ?? []).compactMap { name in
      types[name].map { .make(Self.original(of: name), $0) }
    }
  }

  /// What goes after a tensor, or after all.
  func drops(after name: String?) -> [Construction.Step] {
    (dropped[name] ?? []).map { .drop(Self.original(of: $0)) }
  }

  private static func original(of name: String) -> String { "original of \(name)" }
}
