import ModelGraph

/// What the mobile transformers tell of an image.
enum MobileTask: Hashable, Sendable {
  case features
  case classes(Int)
  case areas(Int, features: Int, rates: [Int])

  init(_ c: Configuration, _ name: String, features: Int) throws(ConfigurationError) {
    if name.hasSuffix("Model") {
      self = .features
      return
    }
    let labels = try c.labelCount
    guard name.hasSuffix("ForSemanticSegmentation") else {
      self = .classes(labels)
      return
    }
    self = .areas(
      labels, features: try c.size("aspp_out_channels", default: features),
      rates: try c.stageSizes("atrous_rates", default: [6, 12, 18], count: 3))
  }

  /// Whether the answer is one for each place.
  var readsPlaces: Bool {
    guard case .areas = self else { return false }
    return true
  }

  /// The answer for a map.
  func answer(_ map: Variable, in graph: inout GraphBuilder) -> Variable {
    switch self {
    case .features: return map
    case .classes(let labels):
      let mean = graph.apply(
        "ReduceMean", map, attributes: ["axes": .integers([2, 3]), "keepdims": .integer(0)])
      return Linear(map.size(1), labels).named("classifier")(mean, in: &graph)
    case .areas(let labels, let features, let rates):
      let pyramid = AtrousPyramid(
        inputs: map.size(1), features: features, labels: labels, rates: rates)
      return graph.scoped("segmentation_head") { pyramid(map, in: &$0) }
    }
  }
}
