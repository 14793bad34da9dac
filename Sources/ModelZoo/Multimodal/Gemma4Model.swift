// "Gemma 4", 2026. <https://ai.google.dev/gemma/docs/core/model_card_4>

import ModelGraph

/// Gemma 4 with its encoders of images and of sound, as far as the configuration has them.
enum Gemma4Model {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var language = try Gemma4.decoder(try c.part("text_config"))
    let isBare = try c.head() == .none
    language.decoder.head = isBare ? .none : .nextToken
    language.decoder.isTied = try c.flag("tie_word_embeddings", default: true)
    language.decoder.bareStack = "language_model"
    language.decoder.names.stack = "model.language_model"
    let features = language.decoder.features
    var encoders: [Encoder] = []
    if let part = try c.partIfAny("vision_config") {
      let tower = try Gemma4Vision(part)
      encoders.append(
        Encoder(
          name: "vision", input: "pixel_values", type: tower.input, tower: tower,
          given: tower.features, features: features))
    }
    if let part = try c.partIfAny("audio_config") {
      let tower = try Gemma4Audio(part)
      encoders.append(
        Encoder(
          name: "audio", input: "input_features", type: tower.input, tower: tower,
          given: tower.outputs, features: features))
    }
    language.decoder = reading(encoders, language.decoder, outer: isBare ? "" : "model")
    return language.blueprint
  }

  /// The decoder with what encoders give in the place of some tokens' own vectors.
  private static func reading(
    _ encoders: [Encoder], _ decoder: Decoder, outer: String
  ) -> Decoder {
    var reader = decoder
    let opening = decoder.opening
    reader.opening = { x, graph in
      var opened = opening(x, &graph)
      for encoder in encoders {
        let seen = graph.outside(in: outer) { encoder.encode(batch: x.size(0), in: &$0) }
        let cast = graph.cast(seen, to: opened.type.dataType)
        opened = graph.opaque("FeaturesInPlaceOfTokens", [opened, cast], gives: [opened.type])[0]
      }
      return opened
    }
    return reader
  }

  /// A tower with the map to the language model's features.
  struct Encoder: Sendable {
    var name: String
    var input: String

    /// The type of the input for one text.
    var type: TensorType
    var tower: any Layer

    /// The features that the tower gives, and those of the language model.
    var given: Int
    var features: Int

    func encode(batch: Int, in graph: inout GraphBuilder) -> Variable {
      let full = TensorType(type.dataType, [batch] + type.shape.dropFirst())
      let input = graph.input(input, full)
      let seen = graph.scoped("\(name)_tower") { tower(input, in: &$0) }
      return graph.scoped("embed_\(name)") { graph in
        let norm = FeatureNormalization(kind: .rootMeanSquareUnlearned, features: given)
        let normalized = norm.named("embedding_pre_projection_norm")(seen, in: &graph)
        return Linear(given, features, bias: false).named("embedding_projection")(
          normalized, in: &graph)
      }
    }
  }
}

/// A map that may hold its input and output between limits that are kept with it.
struct ClippableLinear: Layer {
  var inputs: Int
  var outputs: Int
  var isClipped: Bool

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let linear = Linear(inputs, outputs, bias: false).named("linear")
    guard isClipped else { return linear(x, in: &graph) }
    let limits = ["input_min", "input_max", "output_min", "output_max"].map {
      graph.state($0, graph.floatingType, [])
    }
    let held = graph.opaque("Clamp", [x, limits[0], limits[1]], gives: [x.type])[0]
    let mapped = linear(held, in: &graph)
    return graph.opaque("Clamp", [mapped, limits[2], limits[3]], gives: [mapped.type])[0]
  }
}
