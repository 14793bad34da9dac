import ModelGraph

/// The sizes of wav2vec 2.0 and its descendants; what is set here is wav2vec 2.0's default.
struct SpeechSizes: Sendable {
  var vocabulary = 32
  var features = 768
  var inner = 3072
  var depth = 12
  var heads = 12
  var activation = "gelu"
  var epsilon = 1e-5
  var dropout = 0.1
  var attentionDropout = 0.1

  // MARK: Convolutions over the samples
  var channels = [512, 512, 512, 512, 512, 512, 512]
  var strides = [5, 2, 2, 2, 2, 2, 2]
  var kernels = [10, 3, 3, 3, 3, 2, 2]
  var convolutionBias = false

  /// Whether every convolution is normalized over its channels and not the first one over time.
  var normalizesChannels = false
  var convolutionActivation = "gelu"

  // MARK: Positions
  var positionKernel = 128
  var positionGroups = 16

  /// Whether branches are normalized before.
  var isNormalizedFirst = false

  /// Whether a learned vector takes the place of masked frames.
  var hasMask = true

  // MARK: Adapters and heads

  /// The width of a small network behind every block; `nil` if there is none.
  var blockAdapter: Int?
  var adapter: Adapter?
  var projected = 256
  var hasLayerWeights = false
  var labels = 2
  var task = SpeechTask.none
  var codes = Codes()
  var timeDelays = TimeDelays()

  /// Convolutions behind the stack that shorten it.
  struct Adapter: Sendable {
    var features: Int
    var depth: Int
    var kernel: Int
    var stride: Int
  }

  /// The vectors by which sound is told apart in pre-training.
  struct Codes: Sendable {
    var count = 320
    var groups = 2
    var features = 256
    var projected = 256
  }

  /// The layers that tell speakers apart.
  struct TimeDelays: Sendable {
    var channels = [512, 512, 512, 512, 1500]
    var kernels = [5, 3, 3, 1, 1]
    var dilations = [1, 2, 3, 1, 1]
    var outputs = 512
  }

  var norm: FeatureNormalization {
    FeatureNormalization(kind: .layer(bias: true), features: features, epsilon: epsilon)
  }

  /// The features of the samples' last convolution.
  var extracted: Int { channels.last ?? 1 }

  /// The features that reach a head.
  var outputs: Int { adapter?.features ?? features }
}

/// What stands on top of an encoder of speech, as the end of the class's name says.
enum SpeechTask: Hashable, Sendable {
  case none
  case characters
  case preTraining
  case sequenceClassification
  case frameClassification
  case speakers

  init(className name: String) {
    self = Self.ends.first { name.hasSuffix($0.end) }?.task ?? .none
  }

  private static let ends: [(end: String, task: SpeechTask)] = [
    ("ForCTC", .characters), ("ForPreTraining", .preTraining),
    ("ForSequenceClassification", .sequenceClassification),
    ("ForAudioFrameClassification", .frameClassification), ("ForXVector", .speakers),
  ]
}

extension SpeechSizes {
  init(_ c: Configuration, _ standard: SpeechSizes = SpeechSizes()) throws(ConfigurationError) {
    self = standard
    vocabulary = try c.size("vocab_size", default: vocabulary)
    features = try c.size("hidden_size", default: features)
    inner = try c.size("intermediate_size", default: inner)
    depth = try c.depth("num_hidden_layers", default: depth)
    heads = try c.size("num_attention_heads", default: heads)
    activation = try c.text("hidden_act", default: activation)
    epsilon = try c.number("layer_norm_eps", default: epsilon)
    dropout = try c.number("hidden_dropout", default: dropout)
    attentionDropout = try c.number("attention_dropout", default: attentionDropout)
    guard features % heads == 0 else {
      throw .contradiction("\(features) features cannot be shared by \(heads) heads evenly")
    }
    try readConvolutions(c)
    try readHeads(c)
  }

  private mutating func readConvolutions(_ c: Configuration) throws(ConfigurationError) {
    let sizes = 1...Configuration.maximumSize
    channels = try c.sizes("conv_dim", in: sizes) ?? channels
    strides = try c.sizes("conv_stride", in: sizes) ?? strides
    kernels = try c.sizes("conv_kernel", in: sizes) ?? kernels
    guard channels.count == strides.count, channels.count == kernels.count, !channels.isEmpty else {
      throw .contradiction(
        "conv_dim, conv_stride and conv_kernel have \(channels.count), \(strides.count) and "
          + "\(kernels.count) entries")
    }
    convolutionBias = try c.flag("conv_bias", default: convolutionBias)
    normalizesChannels =
      try c.choice(
        "feat_extract_norm", default: normalizesChannels ? "layer" : "group",
        of: ["group", "layer"]) == "layer"
    convolutionActivation = try c.text("feat_extract_activation", default: convolutionActivation)
    positionKernel = try c.size("num_conv_pos_embeddings", default: positionKernel)
    positionGroups = try c.size("num_conv_pos_embedding_groups", default: positionGroups)
    isNormalizedFirst = try c.flag("do_stable_layer_norm", default: isNormalizedFirst)
    let chances = (
      time: try c.number("mask_time_prob", default: 0.05),
      feature: try c.number("mask_feature_prob", default: 0)
    )
    hasMask = chances.time > 0 || chances.feature > 0
  }

  private mutating func readHeads(_ c: Configuration) throws(ConfigurationError) {
    blockAdapter = isNormalizedFirst ? try c.size(ifAny: "adapter_attn_dim") : nil
    if try c.flag("add_adapter", default: false) {
      adapter = Adapter(
        features: try c.size("output_hidden_size", default: features),
        depth: try c.depth("num_adapter_layers", default: 3),
        kernel: try c.size("adapter_kernel_size", default: 3),
        stride: try c.size("adapter_stride", default: 2))
    }
    projected = try c.size("classifier_proj_size", default: projected)
    hasLayerWeights = try c.flag("use_weighted_layer_sum", default: hasLayerWeights)
    labels = try c.labelCount
    task = SpeechTask(className: try c.className(default: "Model"))
    codes = Codes(
      count: try c.size("num_codevectors_per_group", default: codes.count),
      groups: try c.size("num_codevector_groups", default: codes.groups),
      features: try c.size("codevector_dim", default: codes.features),
      projected: try c.size("proj_codevector_dim", default: codes.projected))
    if task == .speakers { try readTimeDelays(c) }
  }

  private mutating func readTimeDelays(_ c: Configuration) throws(ConfigurationError) {
    let sizes = 1...Configuration.maximumSize
    timeDelays.channels = try c.sizes("tdnn_dim", in: sizes) ?? timeDelays.channels
    timeDelays.kernels = try c.sizes("tdnn_kernel", in: sizes) ?? timeDelays.kernels
    timeDelays.dilations = try c.sizes("tdnn_dilation", in: sizes) ?? timeDelays.dilations
    timeDelays.outputs = try c.size("xvector_output_dim", default: timeDelays.outputs)
    let count = timeDelays.channels.count
    guard count == timeDelays.kernels.count, count == timeDelays.dilations.count, count > 0 else {
      throw .contradiction("tdnn_dim, tdnn_kernel and tdnn_dilation differ in length")
    }
  }
}
