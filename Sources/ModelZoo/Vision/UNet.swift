// "U-Net: Convolutional Networks for Biomedical Image Segmentation", Ronneberger, Fischer and Brox,
// 2015. <https://arxiv.org/abs/1505.04597>

import ModelGraph

/// Four halvings and four doublings, each doubling seeing the features of its size on the way down.
///
/// The topology of <https://github.com/milesial/Pytorch-UNet> with transposed convolutions: padded
/// convolutions with batch normalization, two classes.
struct UNet: Layer {
  var width = 64
  var classes = 2

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var levels = [DoubleConvolution(3, width).named("inc")(x, in: &graph)]
    for level in 0..<4 {
      let down = Numbered {
        MaxPool2d(kernel: 2, stride: 2)
        DoubleConvolution(width << level, width << (level + 1))
      }
      levels.append(
        down.named("maxpool_conv").named("down\(level + 1)")(levels[level], in: &graph))
    }
    var y = levels[4]
    for level in (0..<4).reversed() {
      let step = UpStep(path: "up\(4 - level)", outputChannels: width << level)
      y = step(y, skip: levels[level], in: &graph)
    }
    return Conv2d(width, classes, kernel: 1).named("conv").named("outc")(y, in: &graph)
  }
}

extension UNet {
  /// Two 3 × 3 convolutions, each normalized and rectified.
  struct DoubleConvolution: CompositeLayer {
    let inputChannels: Int
    let outputChannels: Int

    init(_ inputChannels: Int, _ outputChannels: Int) {
      self.inputChannels = inputChannels
      self.outputChannels = outputChannels
    }

    var body: some Layer {
      Numbered {
        Conv2d(inputChannels, outputChannels, kernel: 3, padding: 1, bias: false)
        BatchNorm2d(outputChannels)
        Activation.relu(inPlace: true)
        Conv2d(outputChannels, outputChannels, kernel: 3, padding: 1, bias: false)
        BatchNorm2d(outputChannels)
        Activation.relu(inPlace: true)
      }.named("double_conv")
    }
  }

  /// Doubles the image, joins the features of that size, and convolves both.
  struct UpStep {
    let path: String
    let outputChannels: Int

    func callAsFunction(
      _ x: Variable, skip: Variable, in graph: inout GraphBuilder
    ) -> Variable {
      let up = ConvTranspose2d(
        inputChannels: 2 * outputChannels, outputChannels: outputChannels, kernel: 2, stride: 2)
      let enlarged = graph.padded(up.named("up").named(path)(x, in: &graph), to: skip)
      let joined = graph.concatenate([skip, enlarged], axis: 1)
      let y = DoubleConvolution(2 * outputChannels, outputChannels).named("conv").named(path)(
        joined, in: &graph)
      graph.hold(x, through: y)
      return y
    }
  }
}

extension GraphBuilder {
  /// Pads an image to the size of another, where an odd size was rounded down on the way.
  fileprivate mutating func padded(_ x: Variable, to other: Variable) -> Variable {
    let (rows, columns) = (other.size(2) - x.size(2), other.size(3) - x.size(3))
    guard rows > 0 || columns > 0 else { return x }
    return pad(
      x, before: [0, 0, rows / 2, columns / 2],
      after: [0, 0, rows - rows / 2, columns - columns / 2])
  }
}

extension Architecture {
  static let uNets = [
    Architecture(
      "unet", "U-Net", family: "U-Net",
      paper: Paper(
        title: "U-Net: Convolutional Networks for Biomedical Image Segmentation",
        authors: "Ronneberger, Fischer and Brox", year: 2015,
        url: "https://arxiv.org/abs/1505.04597"),
      input: .image(224), UNet()
    ).constructed(.uNet)
  ]
}
