import ByteFormats
import ModelGraph

/// One layer of a configuration, with the calls of it.
struct KerasLayerConfiguration {
  var className: String
  var name: String
  var settings: JSONValue
  var calls: [KerasLayerCall]

  /// What stands around the settings, for models inside models.
  var document: JSONValue

  init(_ document: JSONValue) {
    self.document = document
    className = (document["class_name"]?.string ?? "").shortened(to: 200)
    settings = document["config"] ?? .null
    name = (document["name"]?.string ?? settings["name"]?.string ?? "").shortened(to: 200)
    calls = (document["inbound_nodes"]?.elements ?? []).map { KerasLayerCall($0) }
  }

  /// Whether the layer is a model of layers.
  var isModel: Bool {
    settings["layers"] != nil
      || (className == "Sequential" && !settings.elements.isEmpty)
  }

  /// Whether it is a model whose layers are called by name.
  var isFunctional: Bool { settings["layers"] != nil && settings["output_layers"] != nil }

  /// The types in which the layer computes and in which it keeps its variables.
  var dataType: DataType {
    let policy =
      settings["dtype"]?.string ?? settings["dtype"]?["config"]?["name"]?.string
      ?? settings["dtype"]?["config"]?["source_name"]?.string ?? "float32"
    return DataType(kerasPolicy: policy)
  }

  /// The sizes that a layer says it is given, as input layers and first layers do.
  var inputShape: [Int?]? {
    for key in ["batch_shape", "batch_input_shape"] {
      if let shape = settings[key].flatMap({ [Int?](kerasShape: $0) }) { return shape }
    }
    return nil
  }

  /// The settings of a layer inside the layer, such as the one that `TimeDistributed` repeats.
  func inner(_ key: String) -> KerasLayerConfiguration? {
    settings[key].map { KerasLayerConfiguration($0) }
  }
}

/// One call of a layer: the tensors it is given.
struct KerasLayerCall {
  var inputs: [KerasTensorReference] = []

  /// The types that the configuration states for the inputs.
  var types: [KerasTensorReference: DeclaredType] = [:]

  /// Numbers that stand among the tensors, as in `x * 2`.
  var numbers: [Double] = []

  init(_ node: JSONValue) {
    // Keras 3 says `{"args": …, "kwargs": …}`, before it was a list of `[layer, call, output, …]`.
    if case .object = node {
      collect(node["args"] ?? .null)
      collect(node["kwargs"] ?? .null)
      return
    }
    if let single = KerasTensorReference(node) { inputs = [single] }
    for element in node.elements {
      guard let reference = KerasTensorReference(element) else { continue }
      inputs.append(reference)
      guard let further = element.elements.dropFirst(3).first else { continue }
      for member in further.members {
        inputs += KerasTensorReference.list(member.value)
        if let number = member.value.double { numbers.append(number) }
      }
    }
  }

  private mutating func collect(_ value: JSONValue) {
    if value["class_name"]?.string == "__keras_tensor__", let config = value["config"] {
      guard let history = config["keras_history"].flatMap({ KerasTensorReference($0) }) else {
        return
      }
      inputs.append(history)
      types[history] = DeclaredType(kerasTensor: config)
      return
    }
    if let number = value.double { numbers.append(number) }
    for element in value.elements { collect(element) }
    guard value["class_name"] == nil else { return }
    for member in value.members where !Self.isPlain(member.value) { collect(member.value) }
  }

  private static func isPlain(_ value: JSONValue) -> Bool {
    switch value {
    case .array, .object: false
    default: true
    }
  }
}

extension DeclaredType {
  fileprivate init?(kerasTensor config: JSONValue) {
    guard let shape = config["shape"].flatMap({ [Int?](kerasShape: $0) }) else { return nil }
    self.init(kerasShape: shape, DataType(kerasPolicy: config["dtype"]?.string ?? "float32"))
  }

  /// A type whose first size, if it is open, is that of the batch.
  init(kerasShape shape: [Int?], _ dataType: DataType, name: String? = nil) {
    self = .tensor(
      dataType,
      AxisSizes(
        shape.enumerated().map { axis, size in
          if let size { return .size(size) }
          if axis == 0 { return .symbol("batch") }
          return name.map { .symbol("\($0)[\(axis)]") } ?? .unknown
        }))
  }
}

extension DataType {
  /// The type in which a policy computes: `mixed_float16` computes in float16.
  init(kerasPolicy name: String) {
    switch name {
    case "mixed_float16", "float16": self = .float16
    case "mixed_bfloat16", "bfloat16": self = .bfloat16
    case "float64": self = .float64
    case "int8": self = .int8
    case "int16": self = .int16
    case "int32": self = .int32
    case "int64": self = .int64
    case "uint8": self = .uint8
    case "uint16": self = .uint16
    case "uint32": self = .uint32
    case "bool": self = .bool
    case "string": self = .string
    case _ where name.hasSuffix("_from_mixed_float16"), _ where name.hasSuffix("_from_float16"):
      self = .float16
    case _ where name.hasSuffix("_from_mixed_bfloat16"), _ where name.hasSuffix("_from_bfloat16"):
      self = .bfloat16
    default: self = .float32
    }
  }
}
