/// Weighs the channels by a small network that sees the mean of each.
///
/// Hu et al., "Squeeze-and-Excitation Networks", 2018. <https://arxiv.org/abs/1709.01507>
struct SqueezeExcitation: Layer {
  let channels: Int
  let squeezed: Int
  var activation: Activation = .relu()
  var gate: Activation = .sigmoid

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let weights = Sequential {
      AdaptiveAvgPool2d(1).named("avgpool")
      Conv2d(channels, squeezed, kernel: 1).named("fc1")
      activation.named("activation")
      Conv2d(squeezed, channels, kernel: 1).named("fc2")
      gate.named("scale_activation")
    }
    return graph.multiply(weights(x, in: &graph), x)
  }
}
