// "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", Dosovitskiy et al.,
// 2020. <https://arxiv.org/abs/2010.11929>

import ModelGraph

/// A transformer over the patches of an image, of one size only: positions are learned.
struct VisionTransformer: Layer {
  let configuration: Configuration

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (patch, features) = (configuration.patch, configuration.features)
    let side = configuration.image
    graph.require(
      x.size(2) == side && x.size(3) == side,
      "position embeddings are learned for \(side) × \(side), not \(x.size(2)) × \(x.size(3))")
    let classToken = graph.parameter("class_token", [1, 1, features])
    let patches = Conv2d(3, features, kernel: Extent(patch), stride: Extent(patch))
      .named("conv_proj")(x, in: &graph)
    let tokens = graph.permute(graph.view(patches, [x.size(0), features, -1]), [0, 2, 1])
    let classTokens = graph.expand(classToken, to: [x.size(0), 1, features])
    let sequence = graph.concatenate([classTokens, tokens], axis: 1)
    let encoded = Encoder(configuration: configuration).named("encoder")(sequence, in: &graph)
    let first = graph.select(encoded, axis: 1, index: 0)
    return Linear(features, 1000).named("head").named("heads")(first, in: &graph)
  }
}

extension VisionTransformer {
  struct Encoder: Layer {
    let configuration: Configuration

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let positions = graph.parameter(
        "pos_embedding", [1, configuration.sequence, configuration.features])
      let placed = graph.add(x, positions)
      let layers = Sequential {
        for index in 0..<configuration.depth {
          Block(configuration: configuration).named("encoder_layer_\(index)")
        }
      }
      let y = layers.named("layers")(placed, in: &graph)
      return LayerNorm(configuration.features, epsilon: 1e-6).named("ln")(y, in: &graph)
    }
  }

  /// Attention, then a feed-forward network, each normalized first and added back.
  struct Block: Layer {
    let configuration: Configuration

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let features = configuration.features
      let attention = Sequential {
        LayerNorm(features, epsilon: 1e-6).named("ln_1")
        MultiheadAttention(features: features, heads: configuration.heads)
          .named("self_attention")
      }
      let y = graph.add(attention(x, in: &graph), x)
      return Residual {
        LayerNorm(features, epsilon: 1e-6).named("ln_2")
        FeedForward(features, hidden: 4 * features).named("mlp")
      }(y, in: &graph)
    }
  }

  struct Configuration: Sendable {
    let patch: Int
    let depth: Int
    let heads: Int
    let features: Int
    var image = 224

    /// The patches and the class token.
    var sequence: Int { (image / patch) * (image / patch) + 1 }
  }
}

/// Two linear layers with a GELU between, under torchvision's names.
struct FeedForward: CompositeLayer {
  let features: Int
  let hidden: Int

  init(_ features: Int, hidden: Int) {
    self.features = features
    self.hidden = hidden
  }

  var body: some Layer {
    Linear(features, hidden).named("0")
    Activation.gelu.named("1")
    Linear(hidden, features).named("3")
  }
}

extension Architecture {
  static let visionTransformers = [
    vit("vit_b_16", "ViT-B/16", .init(patch: 16, depth: 12, heads: 12, features: 768)),
    vit("vit_b_32", "ViT-B/32", .init(patch: 32, depth: 12, heads: 12, features: 768)),
    vit("vit_l_16", "ViT-L/16", .init(patch: 16, depth: 24, heads: 16, features: 1024)),
    vit("vit_l_32", "ViT-L/32", .init(patch: 32, depth: 24, heads: 16, features: 1024)),
    vit("vit_h_14", "ViT-H/14", .init(patch: 14, depth: 32, heads: 16, features: 1280)),
  ]

  private static func vit(
    _ name: String, _ title: String, _ configuration: VisionTransformer.Configuration
  ) -> Architecture {
    Architecture(
      name, title, family: "Vision Transformer",
      paper: Paper(
        title: "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale",
        authors: "Dosovitskiy et al.", year: 2020, url: "https://arxiv.org/abs/2010.11929"),
      input: .image(configuration.image), VisionTransformer(configuration: configuration)
    ).constructed(.visionTransformer)
  }
}
