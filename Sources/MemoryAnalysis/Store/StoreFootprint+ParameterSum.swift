import ModelGraph

extension StoreFootprint {
  /// The count of parameters as a sum over layers, equal layers told once with their number.
  ///
  /// Such as `96 × (12288 × 36864 + 36864) + … = 174,604,259,328`, the largest terms first.
  public var parameterSum: String {
    let groups = layerGroups.sorted { ($1.total, $0.term) < ($0.total, $1.term) }
    guard !groups.isEmpty else { return grouped(parameters.count) }
    var terms = groups.prefix(Self.shownTerms).map(\.text)
    let rest = groups.dropFirst(Self.shownTerms)
    if !rest.isEmpty {
      let layers = rest.reduce(0) { $0 + $1.layers }
      let count = grouped(rest.map(\.total).saturatingTotal())
      terms.append("\(count) in \(grouped(layers)) smaller layers")
    }
    return "\(terms.joined(separator: " + ")) = \(grouped(parameters.count))"
  }

  /// The count of parameters as a sum over kinds of layers, largest first.
  var parameterSumByType: String {
    let terms = byLayerType.map { "\($0.type.rawValue) \(grouped($0.parameters.count))" }
    return "\(terms.joined(separator: " + ")) = \(grouped(parameters.count))"
  }

  /// More terms than this nobody reads.
  private static let shownTerms = 12

  /// Layers whose parameters have the same shapes.
  fileprivate struct LayerGroup {
    /// The sizes multiplied out, such as `64 × 3 × 7 × 7 + 64`.
    var term: String
    var layers: Int
    var total: Int

    var text: String {
      guard layers > 1 else { return term }
      return term.contains(" ") ? "\(grouped(layers)) × (\(term))" : "\(grouped(layers)) × \(term)"
    }
  }

  private var layerGroups: [LayerGroup] {
    let counted = layers.filter { $0.parameters.count > 0 }
    return Dictionary(grouping: counted, by: \.shapes).values.compactMap(LayerGroup.init)
  }
}

extension StoreFootprint.LayerGroup {
  fileprivate init?(_ layers: [LayerFootprint]) {
    guard let first = layers.first else { return nil }
    term = first.sumOfProducts
    self.layers = layers.count
    total = layers.map(\.parameters.count).saturatingTotal()
  }
}
