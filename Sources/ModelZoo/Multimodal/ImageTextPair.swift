import ModelGraph

/// Two encoders whose outputs are compared: how well does each text tell what each image shows.
///
/// Takes token numbers and, as `pixel_values`, images.
struct ImageTextPair: Layer {
  var text: any Layer
  var textName = "text_model"
  var image: any Layer
  var imageName = "vision_model"
  var images: ImageSizes
  var textProjection: Projection?
  var imageProjection: Projection?

  /// The names and shapes of the learned numbers by which similarities are scaled and moved.
  var scales: [Scale] = [Scale(name: "logit_scale", shape: [])]

  /// A linear map without a bias, and its name.
  struct Projection: Hashable, Sendable {
    var name: String
    var inputs: Int
    var outputs: Int
    var bias = false

    init(_ name: String, _ inputs: Int, _ outputs: Int, bias: Bool = false) {
      self.name = name
      self.inputs = inputs
      self.outputs = outputs
      self.bias = bias
    }

    var layer: any Layer { Linear(inputs, outputs, bias: bias).named(name) }
  }

  struct Scale: Hashable, Sendable {
    var name: String
    var shape: Shape
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let pixels = graph.input("pixel_values", images.type(batch: x.size(0)))
    var seen = graph.scoped(imageName) { image(pixels, in: &$0) }
    if let imageProjection { seen = imageProjection.layer(seen, in: &graph) }
    var read = graph.scoped(textName) { text(x, in: &$0) }
    if let textProjection { read = textProjection.layer(read, in: &graph) }
    seen = graph.unitVectors(seen)
    read = graph.unitVectors(read)
    var scores = graph.matrixProduct(read, graph.transpose(seen, 0, 1))
    for (index, scale) in scales.enumerated() {
      let number = graph.parameter(scale.name, scale.shape)
      scores =
        index == 0
        ? graph.multiply(scores, graph.apply("Exp", number)) : graph.add(scores, number)
    }
    return scores
  }
}

extension Configuration {
  /// A part of two that are compared; what it is called once, with `_dict`, counts where both stand.
  func pairPart(_ key: String) throws(ConfigurationError) -> Configuration {
    if let former = try partIfAny("\(key)_dict") { return former }
    return try part(key)
  }
}

extension GraphBuilder {
  /// Each vector of the last axis divided by its length.
  mutating func unitVectors(_ x: Variable) -> Variable {
    let length = apply(
      "ReduceL2", x, attributes: ["axes": .integers([-1]), "keepdims": .integer(1)])
    return apply("Div", x, length)
  }
}
