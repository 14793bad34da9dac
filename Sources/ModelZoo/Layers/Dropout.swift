import ModelGraph

/// Zeroes elements at random while training.
///
/// Without a chance to drop, PyTorch runs nothing, and so there is no node.
/// Srivastava et al., 2014. <https://jmlr.org/papers/v15/srivastava14a.html>
struct Dropout: Layer {
  let probability: Double
  var inPlace = false

  init(_ probability: Double, inPlace: Bool = false) {
    self.probability = probability
    self.inPlace = inPlace
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard probability > 0 else { return x }
    var attributes: Attributes = ["ratio": .float(probability)]
    if inPlace { attributes["inplace"] = .integer(1) }
    return graph.call("Dropout", x, attributes: attributes)
  }
}

/// Drops a residual branch for whole samples at random while training.
///
/// Huang et al., "Deep Networks with Stochastic Depth", 2016. <https://arxiv.org/abs/1603.09382>
struct StochasticDepth: Layer {
  let probability: Double

  init(_ probability: Double) { self.probability = probability }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard probability > 0 else { return x }
    return graph.call("StochasticDepth", x, attributes: ["p": .float(probability)])
  }
}
