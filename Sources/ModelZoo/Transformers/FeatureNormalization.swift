import ModelGraph

/// Normalization of the last axis in the kinds that transformers have, one after PyTorch's dispatch.
struct FeatureNormalization: Layer {
  var kind: Kind
  var features: Int
  var epsilon = 1e-6

  /// The shape of the weight where it is not one number a feature.
  var weightShape: Shape?

  private var shape: Shape { weightShape ?? [features] }

  enum Kind: Hashable, Sendable {
    /// Divided by the root of the mean square, computed in single precision.
    ///
    /// Zhang and Sennrich, 2019. <https://arxiv.org/abs/1910.07467>
    case rootMeanSquare

    /// The same, with a weight that is learned as a difference from one.
    case rootMeanSquareFromOne

    /// The same without a weight.
    case rootMeanSquareUnlearned
    case layer(bias: Bool)

    /// Layer normalization that learns nothing.
    case layerUnlearned

    /// Layer normalization written out, without a bias.
    case layerWrittenOut
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    switch kind {
    case .layer(let bias) where weightShape != nil:
      return layerOfRows(x, bias: bias, in: &graph)
    case .layer(let bias):
      let weight = graph.parameter("weight", shape)
      return graph.call(
        "LayerNormalization", x, weight, bias ? graph.parameter("bias", [features]) : nil,
        attributes: attributes)
    case .layerUnlearned:
      return graph.call("LayerNormalization", x, nil, nil, attributes: attributes)
    case .layerWrittenOut: return layerWrittenOut(x, in: &graph)
    case .rootMeanSquare, .rootMeanSquareFromOne, .rootMeanSquareUnlearned:
      return rootMeanSquare(x, in: &graph)
    }
  }

  /// Layer normalization of each row, by a row of the weight that is its own.
  private func layerOfRows(_ x: Variable, bias: Bool, in graph: inout GraphBuilder) -> Variable {
    let normalized = graph.call("LayerNormalization", x, nil, nil, attributes: attributes)
    let scaled = graph.apply(
      "Mul", normalized, graph.parameter("weight", shape), layer: .normalization)
    return bias ? graph.add(scaled, graph.parameter("bias", shape)) : scaled
  }

  private var attributes: Attributes { ["axis": .integer(-1), "epsilon": .float(epsilon)] }

  private func rootMeanSquare(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let single = graph.inPrecision(x, isSingle: true)
    let normalized = normalized(single, in: &graph)
    switch kind {
    case .rootMeanSquareFromOne:
      let weight = graph.cast(graph.parameter("weight", shape), to: .float32)
      let factor = graph.add(weight, number: 1)
      let product = graph.apply("Mul", normalized, factor, layer: .normalization)
      return graph.cast(product, to: x.type.dataType)
    case .rootMeanSquareUnlearned: return graph.cast(normalized, to: x.type.dataType)
    default:
      let weight = graph.parameter("weight", shape)
      return graph.apply(
        "Mul", weight, graph.restored(normalized, as: x), layer: .normalization)
    }
  }

  /// The input times `(mean(x²) + ε)^-½`.
  private func normalized(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let square = graph.apply("PowerOfNumber", x, attributes: ["exponent": .float(2)])
    let variance = graph.hold(graph.mean(square))
    let root = graph.apply("ReciprocalSquareRoot", graph.add(variance, number: epsilon))
    return graph.multiply(x, root)
  }

  private func layerWrittenOut(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let single = graph.cast(x, to: .float32)
    let mean = graph.mean(single)
    let centred = graph.apply("Sub", single, mean)
    let weight = graph.cast(graph.parameter("weight", shape), to: .float32)
    let product = graph.apply(
      "Mul", weight, normalized(centred, in: &graph), layer: .normalization)
    return graph.cast(product, to: x.type.dataType)
  }
}

extension GraphBuilder {
  /// The elements as another type; the tensor itself if it has that type.
  ///
  /// Single precision may be meant even where the model is trained in another.
  mutating func cast(
    _ x: Variable, to dataType: DataType, isSingle: Bool = false
  ) -> Variable {
    guard x.type.dataType != dataType, let code = Self.castCodes[dataType] else { return x }
    return apply(
      "Cast", x, attributes: ["to": .integer(code), "single": .integer(isSingle ? 1 : 0)])
  }

  /// The elements in single precision even where the model is trained in another.
  mutating func inPrecision(_ x: Variable, isSingle: Bool) -> Variable {
    guard x.type.dataType == .float32 else { return isSingle ? cast(x, to: .float32) : x }
    return apply("InPrecision", x, attributes: ["single": .integer(isSingle ? 1 : 0)])
  }

  /// What was computed in single precision, in the type of what it was computed from.
  mutating func restored(_ x: Variable, as original: Variable) -> Variable {
    lowered(x, to: original.type.dataType)
  }

  /// What was computed in single precision, in the type that the model computes in.
  mutating func lowered(_ x: Variable, to dataType: DataType? = nil) -> Variable {
    let type = dataType ?? floatingType
    return type == .float32 ? inPrecision(x, isSingle: false) : cast(x, to: type)
  }

  // ONNX's numbers of the types.
  private static let castCodes: [DataType: Int] = [
    .float32: 1, .float16: 10, .float64: 11, .bfloat16: 16, .int64: 7, .int32: 6,
  ]

  /// Adds a number, which is no tensor in PyTorch.
  mutating func add(_ x: Variable, number: Double) -> Variable {
    apply("AddNumber", x, attributes: ["number": .float(number)])
  }

  /// The mean along the last axis, which stays with size one.
  mutating func mean(_ x: Variable) -> Variable {
    apply("ReduceMean", x, attributes: ["axes": .integers([-1]), "keepdims": .integer(1)])
  }
}
