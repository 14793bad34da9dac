import ModelGraph

/// Batch normalization whose weights and statistics are kept and never change.
///
/// <https://docs.pytorch.org/vision/stable/generated/torchvision.ops.FrozenBatchNorm2d.html>
struct FrozenBatchNorm2d: Layer {
  let channels: Int
  var epsilon = 1e-5

  init(_ channels: Int) { self.channels = channels }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let kept = ["weight", "bias", "running_mean", "running_var"].map { name in
      graph.view(graph.state(name, .float32, [channels]), [1, channels, 1, 1])
    }
    let deviation = graph.apply(
      "ReciprocalSquareRoot", graph.add(kept[3], number: epsilon))
    let scale = graph.multiply(kept[0], deviation)
    let offset = graph.apply("Sub", kept[1], graph.multiply(kept[2], scale))
    let type = x.type.dataType
    return graph.add(
      graph.multiply(x, graph.cast(scale, to: type)), graph.cast(offset, to: type))
  }
}
