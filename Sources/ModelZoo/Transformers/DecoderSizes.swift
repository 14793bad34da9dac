/// The sizes that nearly every decoder's configuration has, with the defaults of its family.
struct DecoderSizes: Sendable {
  var vocabulary: Int
  var features: Int
  var inner: Int
  var depth: Int
  var heads: Int
  var keyHeads: Int
  var width: Int
  var activation: String
  var epsilon: Double
  var context: Int
  var isTied: Bool
  var head: HeadKind

  /// What holds where the configuration is silent.
  struct Defaults: Sendable {
    var vocabulary: Int
    var features: Int
    var inner: Int
    var depth: Int
    var heads: Int

    /// As many as queries if `nil`.
    var keyHeads: Int?

    /// The features of a head; those of the model among all heads if `nil`.
    var width: Int?
    var context: Int
    var epsilon = 1e-6
    var activation = "silu"
    var isTied = false
  }

  /// The sizes that hold where no configuration says anything.
  init(_ standard: Defaults) {
    vocabulary = standard.vocabulary
    features = standard.features
    inner = standard.inner
    depth = standard.depth
    heads = standard.heads
    keyHeads = standard.keyHeads ?? standard.heads
    width = standard.width ?? max(1, standard.features / max(1, standard.heads))
    activation = standard.activation
    epsilon = standard.epsilon
    context = standard.context
    isTied = standard.isTied
    head = .nextToken
  }

  init(_ c: Configuration, _ standard: Defaults) throws(ConfigurationError) {
    vocabulary = try c.size("vocab_size", default: standard.vocabulary)
    features = try c.size("hidden_size", "n_embd", "d_model", default: standard.features)
    inner = try c.size("intermediate_size", "n_inner", default: standard.inner)
    depth = try c.depth("num_hidden_layers", "n_layer", default: standard.depth)
    heads = try c.size("num_attention_heads", "n_head", default: standard.heads)
    let groups = c.isNull("num_key_value_heads") ? heads : standard.keyHeads ?? heads
    keyHeads = try c.size("num_key_value_heads", default: groups)
    let each = max(1, features / heads)
    width = try c.size("head_dim", default: c.isNull("head_dim") ? each : standard.width ?? each)
    activation = try c.text(
      "hidden_act", "hidden_activation", "activation_function", default: standard.activation)
    epsilon = try c.number("rms_norm_eps", "layer_norm_eps", default: standard.epsilon)
    context = try c.size(
      "max_position_embeddings", "n_positions", default: standard.context, in: 1...(1 << 40))
    isTied = try c.flag("tie_word_embeddings", default: standard.isTied)
    head = try c.head()
    guard heads % keyHeads == 0 else {
      throw .contradiction("\(heads) query heads cannot share \(keyHeads) key heads evenly")
    }
  }
}

extension Configuration {
  /// The window of each layer, by its kind; `nil` for layers that see everything.
  ///
  /// Where `layer_types` is missing, the rule of the family says which layers have one.
  func windows(
    depth: Int, size: Int?, kinds: (Int) -> Bool
  ) throws(ConfigurationError) -> [Int?] {
    guard let types = try layerTypes(depth: depth) else {
      return (0..<depth).map { kinds($0) ? size : nil }
    }
    return types.map { $0 == "full_attention" ? nil : size }
  }

  /// The kind of each layer; `nil` if nothing says.
  func layerTypes(
    _ key: String = "layer_types", depth: Int
  ) throws(ConfigurationError) -> [String]? {
    guard let types = try texts(key) else { return nil }
    guard types.count >= depth else {
      throw .contradiction("\(path)\(key) has \(types.count) entries for \(depth) layers")
    }
    return Array(types.prefix(depth))
  }

  /// How positions are told, under its old name, which counts first, or its new one.
  private var rotaryParameters: Configuration? {
    get throws(ConfigurationError) {
      if let scaling = try partIfAny("rope_scaling"), !scaling.isEmpty { return scaling }
      return try partIfAny("rope_parameters")
    }
  }

  /// The part of a head that is turned, wherever it is written.
  func rotaryFactor(
    _ key: String = "partial_rotary_factor", default standard: Double = 1
  ) throws(ConfigurationError) -> Double {
    let parameters = try rotaryParameters
    let inner = try parameters?.number("partial_rotary_factor", default: .nan) ?? .nan
    let factor = inner.isNaN ? try number(key, default: standard) : inner
    guard 0...1 ~= factor else {
      throw .contradiction("\(path)partial_rotary_factor must be from 0 to 1, found \(factor)")
    }
    return factor
  }

  /// The features of a head that are turned where the plain rule takes all of them.
  ///
  /// Only the scaled rules of rotary positions look at the factor.
  func scaledRotaryWidth(
    _ width: Int, rule standard: String = "default", factor: Double = 1
  ) throws(ConfigurationError) -> Int {
    let parameters = try rotaryParameters
    let kind = try parameters?.text("rope_type", "type", default: "default") ?? standard
    guard kind != "default" else { return width }
    return Int(Double(width) * (try rotaryFactor(default: factor)))
  }
}
