import ModelGraph

/// The map from features to tokens, whose weight may be the embedding's.
struct TokenProjection: Layer {
  var features: Int
  var vocabulary: Int

  /// The name of the map's module.
  var name = "decoder"

  /// The whole name of the embedding table that is the weight too; `nil` if they are apart.
  var table: String?
  var bias = Bias.own

  enum Bias: Hashable, Sendable {
    case none, own

    /// A parameter beside the map, which is the map's own too if weights are tied.
    case beside(String)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let beside = besideBias(in: &graph)
    guard let table else {
      return Linear(features, vocabulary, bias: bias != .none).named(name)(x, in: &graph)
    }
    let weight = graph.parameter(path: table, [vocabulary, features])
    return graph.scoped(name) { graph in
      graph.tie("weight", to: weight)
      if let beside { graph.tie("bias", to: beside) }
      let own = bias == .own ? graph.parameter("bias", [vocabulary]) : nil
      return graph.call("Linear", x, weight, beside ?? own)
    }
  }

  private func besideBias(in graph: inout GraphBuilder) -> Variable? {
    guard case .beside(let name) = bias else { return nil }
    return graph.parameter(name, [vocabulary])
  }
}

/// A map, a nonlinearity and a normalization before tokens are told apart.
struct PredictionTransform: Layer {
  var features: Int
  var outputs: Int
  var activation: String
  var epsilon: Double
  var dense = "dense"
  var norm = "LayerNorm"

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    Sequential {
      Linear(features, outputs).named(dense)
      NamedActivation(name: activation)
      LayerNorm(outputs, epsilon: epsilon).named(norm)
    }(x, in: &graph)
  }
}

/// Classes told from the first token through a hidden layer.
struct HiddenClassifier: Layer {
  var features: Int
  var labels: Int
  var activation = "tanh"
  var dropout = 0.0
  var inner: Int?

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let inner = inner ?? features
    return Sequential {
      FirstToken()
      Dropout(dropout).named("dropout")
      Linear(features, inner).named("dense")
      NamedActivation(name: activation)
      Dropout(dropout).named("dropout")
      Linear(inner, labels).named("out_proj")
    }(x, in: &graph)
  }
}

extension EncoderSizes {
  /// Classes of a vector or of every token, told by one map.
  func classifier(_ count: Int, name: String = "classifier") -> some Layer {
    Sequential {
      Dropout(headDropout ?? dropout).named("dropout")
      Linear(features, count).named(name)
    }
  }

  /// Where an answer starts and ends.
  var answers: some Layer { Linear(features, labels).named("qa_outputs") }
}
