// "Rethinking the Inception Architecture for Computer Vision", Szegedy et al., 2015.
// <https://arxiv.org/abs/1512.00567>

/// The third Inception network, with convolutions split into rows and columns.
struct InceptionV3: CompositeLayer {
  var body: some Layer {
    BasicConv2d(3, 32, kernel: 3, stride: 2).named("Conv2d_1a_3x3")
    BasicConv2d(32, 32, kernel: 3).named("Conv2d_2a_3x3")
    BasicConv2d(32, 64, kernel: 3, padding: 1).named("Conv2d_2b_3x3")
    MaxPool2d(kernel: 3, stride: 2).named("maxpool1")
    BasicConv2d(64, 80, kernel: 1).named("Conv2d_3b_1x1")
    BasicConv2d(80, 192, kernel: 3).named("Conv2d_4a_3x3")
    MaxPool2d(kernel: 3, stride: 2).named("maxpool2")
    BlockA(channels: 192, pooled: 32).named("Mixed_5b")
    BlockA(channels: 256, pooled: 64).named("Mixed_5c")
    BlockA(channels: 288, pooled: 64).named("Mixed_5d")
    BlockB(channels: 288).named("Mixed_6a")
    BlockC(channels: 768, inner: 128).named("Mixed_6b")
    BlockC(channels: 768, inner: 160).named("Mixed_6c")
    BlockC(channels: 768, inner: 160).named("Mixed_6d")
    BlockC(channels: 768, inner: 192).named("Mixed_6e")
    TrainingOnly { AuxiliaryClassifier(channels: 768).named("AuxLogits") }
    BlockD(channels: 768).named("Mixed_7a")
    BlockE(channels: 1280).named("Mixed_7b")
    BlockE(channels: 2048).named("Mixed_7c")
    AdaptiveAvgPool2d(1).named("avgpool")
    Dropout(0.5).named("dropout")
    Flatten()
    Linear(2048, 1000).named("fc")
  }
}

extension InceptionV3 {
  struct BlockA: CompositeLayer {
    let channels: Int
    let pooled: Int

    var body: some Layer {
      Branches {
        BasicConv2d(channels, 64, kernel: 1).named("branch1x1")
        Sequential {
          BasicConv2d(channels, 48, kernel: 1).named("branch5x5_1")
          BasicConv2d(48, 64, kernel: 5, padding: 2).named("branch5x5_2")
        }
        Sequential {
          BasicConv2d(channels, 64, kernel: 1).named("branch3x3dbl_1")
          BasicConv2d(64, 96, kernel: 3, padding: 1).named("branch3x3dbl_2")
          BasicConv2d(96, 96, kernel: 3, padding: 1).named("branch3x3dbl_3")
        }
        PooledBranch(channels: channels, outputs: pooled)
      }
    }
  }

  /// Halves the image.
  struct BlockB: CompositeLayer {
    let channels: Int

    var body: some Layer {
      Branches {
        BasicConv2d(channels, 384, kernel: 3, stride: 2).named("branch3x3")
        Sequential {
          BasicConv2d(channels, 64, kernel: 1).named("branch3x3dbl_1")
          BasicConv2d(64, 96, kernel: 3, padding: 1).named("branch3x3dbl_2")
          BasicConv2d(96, 96, kernel: 3, stride: 2).named("branch3x3dbl_3")
        }
        MaxPool2d(kernel: 3, stride: 2)
      }
    }
  }

  struct BlockC: CompositeLayer {
    let channels: Int
    let inner: Int

    var body: some Layer {
      Branches {
        BasicConv2d(channels, 192, kernel: 1).named("branch1x1")
        Sequential {
          BasicConv2d(channels, inner, kernel: 1).named("branch7x7_1")
          BasicConv2d.row(inner, inner, 7).named("branch7x7_2")
          BasicConv2d.column(inner, 192, 7).named("branch7x7_3")
        }
        Sequential {
          BasicConv2d(channels, inner, kernel: 1).named("branch7x7dbl_1")
          BasicConv2d.column(inner, inner, 7).named("branch7x7dbl_2")
          BasicConv2d.row(inner, inner, 7).named("branch7x7dbl_3")
          BasicConv2d.column(inner, inner, 7).named("branch7x7dbl_4")
          BasicConv2d.row(inner, 192, 7).named("branch7x7dbl_5")
        }
        PooledBranch(channels: channels, outputs: 192)
      }
    }
  }

  /// Halves the image.
  struct BlockD: CompositeLayer {
    let channels: Int

    var body: some Layer {
      Branches {
        Sequential {
          BasicConv2d(channels, 192, kernel: 1).named("branch3x3_1")
          BasicConv2d(192, 320, kernel: 3, stride: 2).named("branch3x3_2")
        }
        Sequential {
          BasicConv2d(channels, 192, kernel: 1).named("branch7x7x3_1")
          BasicConv2d.row(192, 192, 7).named("branch7x7x3_2")
          BasicConv2d.column(192, 192, 7).named("branch7x7x3_3")
          BasicConv2d(192, 192, kernel: 3, stride: 2).named("branch7x7x3_4")
        }
        MaxPool2d(kernel: 3, stride: 2)
      }
    }
  }

  /// Branches that fork once more into a row and a column.
  struct BlockE: CompositeLayer {
    let channels: Int

    var body: some Layer {
      Branches {
        BasicConv2d(channels, 320, kernel: 1).named("branch1x1")
        Sequential {
          BasicConv2d(channels, 384, kernel: 1).named("branch3x3_1")
          Branches {
            BasicConv2d.row(384, 384, 3).named("branch3x3_2a")
            BasicConv2d.column(384, 384, 3).named("branch3x3_2b")
          }
        }
        Sequential {
          BasicConv2d(channels, 448, kernel: 1).named("branch3x3dbl_1")
          BasicConv2d(448, 384, kernel: 3, padding: 1).named("branch3x3dbl_2")
          Branches {
            BasicConv2d.row(384, 384, 3).named("branch3x3dbl_3a")
            BasicConv2d.column(384, 384, 3).named("branch3x3dbl_3b")
          }
        }
        PooledBranch(channels: channels, outputs: 192)
      }
    }
  }

  struct PooledBranch: CompositeLayer {
    let channels: Int
    let outputs: Int

    var body: some Layer {
      AvgPool2d(kernel: 3, stride: 1, padding: 1)
      BasicConv2d(channels, outputs, kernel: 1).named("branch_pool")
    }
  }

  /// A second head that training adds half-way.
  struct AuxiliaryClassifier: CompositeLayer {
    let channels: Int

    var body: some Layer {
      AvgPool2d(kernel: 5, stride: 3)
      BasicConv2d(channels, 128, kernel: 1).named("conv0")
      BasicConv2d(128, 768, kernel: 5).named("conv1")
      AdaptiveAvgPool2d(1)
      Flatten()
      Linear(768, 1000).named("fc")
    }
  }
}

extension BasicConv2d {
  /// A convolution along the width.
  fileprivate static func row(_ inputs: Int, _ outputs: Int, _ length: Int) -> BasicConv2d {
    BasicConv2d(inputs, outputs, kernel: Extent(1, length), padding: Extent(0, length / 2))
  }

  /// A convolution along the height.
  fileprivate static func column(_ inputs: Int, _ outputs: Int, _ length: Int) -> BasicConv2d {
    BasicConv2d(inputs, outputs, kernel: Extent(length, 1), padding: Extent(length / 2, 0))
  }
}

extension Architecture {
  static let inceptions = [
    Architecture(
      "inception_v3", "Inception v3", family: "Inception",
      paper: Paper(
        title: "Rethinking the Inception Architecture for Computer Vision",
        authors: "Szegedy, Vanhoucke, Ioffe, Shlens and Wojna", year: 2015,
        url: "https://arxiv.org/abs/1512.00567"),
      input: .image(299), InceptionV3())
  ]
}
