// "Bag of Tricks for Image Classification with Convolutional Neural Networks", He et al., 2018.
// <https://arxiv.org/abs/1812.01187>

import ModelGraph

/// A residual network that begins with three convolutions and pools beside its steps.
struct RTDETRResNet: FeaturePyramid {
  var channels: Int
  var embedding: Int
  var stages: [ConfiguredResNet.Stage]
  var isBottleneck: Bool
  var stepsFirst: Bool
  var activation: String
  var isFrozen: Bool

  var widths: [Int] { stages.map(\.channels) }

  init(_ c: Configuration, isFrozen: Bool) throws(ConfigurationError) {
    let type = try c.text("model_type", default: "rt_detr_resnet")
    guard type == "rt_detr_resnet" else {
      throw .unknownPart(key: "\(c.path)model_type", name: String(type.prefix(64)))
    }
    let plain = try ConfiguredResNet(c)
    (channels, embedding, stages) = (plain.channels, plain.embedding, plain.stages)
    (isBottleneck, stepsFirst) = (plain.isBottleneck, plain.stepsFirst)
    activation = plain.activation
    self.isFrozen = isFrozen
  }

  func maps(of x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let half = max(1, embedding / 2)
    let opened = Sequential {
      Numbered {
        convolution(channels, half, kernel: 3, stride: 2, activation: activation)
        convolution(half, half, kernel: 3, activation: activation)
        convolution(half, embedding, kernel: 3, activation: activation)
      }.named("embedder.embedder")
      MaxPool2d(kernel: 3, stride: 2, padding: 1)
    }(x, in: &graph)
    var maps: [Variable] = []
    var inputs = embedding
    for (index, stage) in stages.enumerated() {
      var map = maps.last ?? opened
      for block in 0..<stage.depth {
        let layer = Block(
          network: self, inputs: block == 0 ? inputs : stage.channels, outputs: stage.channels,
          stride: block == 0 ? stage.stride : 1, isFirst: block == 0)
        map = layer.named("encoder.stages.\(index).layers.\(block)")(map, in: &graph)
      }
      maps.append(map)
      inputs = stage.channels
    }
    return maps
  }

  func convolution(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, activation: String? = nil
  ) -> NormalizedConvolution {
    var layer = NormalizedConvolution(
      inputs, outputs, kernel: kernel, stride: stride, activation: activation)
    layer.isFrozen = isFrozen
    return layer
  }

  private struct Block: Layer {
    var network: RTDETRResNet
    var inputs: Int
    var outputs: Int
    var stride: Int
    var isFirst: Bool

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let y = path.named("layer")(x, in: &graph)
      let sum = graph.add(y, kept(x, in: &graph))
      return NamedActivation(name: network.activation)(sum, in: &graph)
    }

    private func kept(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let pools = network.isBottleneck ? stride == 2 : inputs != outputs
      let maps = network.isBottleneck ? inputs != outputs || stride != 1 : isFirst
      guard maps || pools else { return x }
      guard pools else {
        return network.convolution(inputs, outputs, kernel: 1, stride: stride)
          .named("shortcut")(x, in: &graph)
      }
      let pooled = stride > 1 ? AvgPool2d(kernel: 2, stride: 2)(x, in: &graph) : x
      guard maps else { return pooled }
      return network.convolution(inputs, outputs, kernel: 1).named("shortcut.1")(
        pooled, in: &graph)
    }

    private var path: Numbered {
      let activation = network.activation
      guard network.isBottleneck else {
        return Numbered {
          network.convolution(
            inputs, outputs, kernel: 3, stride: stride, activation: activation)
          network.convolution(outputs, outputs, kernel: 3)
        }
      }
      let narrow = max(1, outputs / 4)
      return Numbered {
        network.convolution(
          inputs, narrow, kernel: 1, stride: network.stepsFirst ? stride : 1,
          activation: activation)
        network.convolution(
          narrow, narrow, kernel: 3, stride: network.stepsFirst ? 1 : stride,
          activation: activation)
        network.convolution(narrow, outputs, kernel: 1)
      }
    }
  }
}
