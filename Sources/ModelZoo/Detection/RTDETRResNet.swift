// "Bag of Tricks for Image Classification with Convolutional Neural Networks", He et al., 2018.
// <https://arxiv.org/abs/1812.01187>

import ModelGraph

extension ConfiguredResNet {
  /// RT-DETR's network, which begins with three convolutions and pools beside its steps.
  init(ofRTDETR c: Configuration, isFrozen: Bool) throws(ConfigurationError) {
    let type = try c.text("model_type", default: "rt_detr_resnet")
    guard type == "rt_detr_resnet" else {
      throw .unknownPart(key: "\(c.path)model_type", name: String(type.prefix(64)))
    }
    try self.init(c)
    self.isFrozen = isFrozen
    poolsBesideSteps = true
  }

  /// Three small convolutions in the place of a large one.
  func threefoldStem(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let half = max(1, embedding / 2)
    return Sequential {
      Numbered {
        convolution(channels, half, kernel: 3, stride: 2, activation: activation)
        convolution(half, half, kernel: 3, activation: activation)
        convolution(half, embedding, kernel: 3, activation: activation)
      }.named("embedder")
      MaxPool2d(kernel: 3, stride: 2, padding: 1)
    }(x, in: &graph)
  }
}

extension ConfiguredResNet.Block {
  /// What goes in, pooled where the block steps and mapped where it widens.
  ///
  /// A first block of two convolutions maps even what it does not widen.
  func pooledShortcut(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let pools = network.isBottleneck ? stride == 2 : inputs != outputs
    let maps = network.isBottleneck ? inputs != outputs || stride != 1 : isFirst
    guard maps || pools else { return x }
    guard pools else {
      return network.convolution(inputs, outputs, kernel: 1, stride: stride)
        .named("shortcut")(x, in: &graph)
    }
    let pooled = stride > 1 ? AvgPool2d(kernel: 2, stride: 2)(x, in: &graph) : x
    guard maps else { return pooled }
    return network.convolution(inputs, outputs, kernel: 1).named("shortcut.1")(pooled, in: &graph)
  }
}
