import ModelGraph

/// An affine map of the last axis; the weight is `[output, input]`.
///
/// <https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html>
struct Linear: Layer {
  let inputs: Int
  let outputs: Int
  var bias = true

  init(_ inputs: Int, _ outputs: Int, bias: Bool = true) {
    self.inputs = inputs
    self.outputs = outputs
    self.bias = bias
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let weight = graph.parameter("weight", [outputs, inputs])
    let offset = bias ? graph.parameter("bias", [outputs]) : nil
    return graph.call("Linear", x, weight, offset)
  }
}

/// A learned vector for each index.
///
/// <https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html>
struct Embedding: Layer {
  let rows: Int
  let features: Int

  init(_ rows: Int, _ features: Int) {
    self.rows = rows
    self.features = features
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let weight = graph.parameter("weight", [rows, features])
    return graph.call("Embedding", weight, x)
  }
}
