// "Deep Residual Learning for Image Recognition", He et al., 2015. <https://arxiv.org/abs/1512.03385>

import ModelGraph

/// A convolutional network whose maps of several sizes are taken.
protocol FeaturePyramid: Layer {
  /// The features of each map.
  var widths: [Int] { get }

  /// The maps, the largest first.
  func maps(of x: Variable, in graph: inout GraphBuilder) -> [Variable]
}

extension FeaturePyramid {
  /// The smallest map.
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    maps(of: x, in: &graph).last ?? x
  }
}

/// A residual network as timm writes it, without the head, with frozen normalizations.
struct TimmResNet: FeaturePyramid {
  var channels = 3
  var depths: [Int]
  var isBottleneck: Bool

  var widths: [Int] { depths.indices.map { (isBottleneck ? 256 : 64) << $0 } }

  func maps(of x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    var maps: [Variable] = []
    var map = Sequential {
      Conv2d(channels, 64, kernel: 7, stride: 2, padding: 3, bias: false).named("conv1")
      FrozenBatchNorm2d(64).named("bn1")
      Activation.relu(inPlace: true).named("act1")
      MaxPool2d(kernel: 3, stride: 2, padding: 1).named("maxpool")
    }(x, in: &graph)
    var inputs = 64
    for (stage, depth) in depths.enumerated() {
      let width = 64 << stage
      let outputs = isBottleneck ? 4 * width : width
      for index in 0..<depth {
        let block = Block(
          inputs: inputs, width: width, outputs: outputs, isBottleneck: isBottleneck,
          stride: stage > 0 && index == 0 ? 2 : 1)
        map = block.named("layer\(stage + 1).\(index)")(map, in: &graph)
        inputs = outputs
      }
      maps.append(map)
    }
    return maps
  }

  struct Block: Layer {
    var inputs: Int
    var width: Int
    var outputs: Int
    var isBottleneck: Bool
    var stride: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let y = path(x, in: &graph)
      let kept = isSame ? x : shortcut.named("downsample")(x, in: &graph)
      let sum = graph.add(y, kept, inPlace: true)
      return Activation.relu(inPlace: true).named("act")(sum, in: &graph)
    }

    private var isSame: Bool { inputs == outputs && stride == 1 }

    private var shortcut: Numbered {
      Numbered {
        Conv2d(inputs, outputs, kernel: 1, stride: Extent(stride), bias: false)
        FrozenBatchNorm2d(outputs)
      }
    }

    private var path: Sequential {
      let convolutions =
        isBottleneck
        ? [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)]
        : [(inputs, width, 3, stride), (width, outputs, 3, 1)]
      return Sequential {
        for (index, sizes) in convolutions.enumerated() {
          Conv2d(
            sizes.0, sizes.1, kernel: Extent(sizes.2), stride: Extent(sizes.3),
            padding: Extent(sizes.2 / 2), bias: false
          ).named("conv\(index + 1)")
          FrozenBatchNorm2d(sizes.1).named("bn\(index + 1)")
          if index < convolutions.count - 1 { Activation.relu(inPlace: true) }
        }
      }
    }
  }

  /// The network of a name; `nil` for those that are not known.
  init?(named name: String) {
    let base = name.split(separator: ".").first.map(String.init) ?? name
    guard let sizes = Self.known[base] else { return nil }
    (depths, isBottleneck) = sizes
  }

  static let known: [String: (depths: [Int], isBottleneck: Bool)] = [
    "resnet18": ([2, 2, 2, 2], false), "resnet34": ([3, 4, 6, 3], false),
    "resnet26": ([2, 2, 2, 2], true), "resnet50": ([3, 4, 6, 3], true),
    "resnet101": ([3, 4, 23, 3], true), "resnet152": ([3, 8, 36, 3], true),
  ]
}
