import ByteFormats
import ModelGraph

/// A model as its configuration tells it: layers, and how they are called.
struct KerasModelConfiguration {
  var name: String
  var kind: Kind
  var layers: [KerasLayerConfiguration]

  /// What the model is given and gives, of models whose layers are called by name.
  var inputs: [KerasTensorReference] = []
  var outputs: [KerasTensorReference] = []

  /// The sizes of the input of a model that has no input layer.
  var inputShape: [Int?]?

  enum Kind: Equatable {
    case sequential
    case functional

    /// A class with code of its own, which no file holds.
    case subclassed(String)
  }

  init(_ document: JSONValue) {
    let className = document["class_name"]?.string ?? ""
    let body = document["config"] ?? .null
    // Keras 1 wrote the layers of a sequential model without anything around them.
    let list = body["layers"]?.elements ?? body.elements
    layers = list.map { KerasLayerConfiguration($0) }
    name = body["name"]?.string ?? className
    inputs = KerasTensorReference.list(body["input_layers"])
    outputs = KerasTensorReference.list(body["output_layers"])
    kind =
      switch className {
      case "Sequential": .sequential
      case _ where !outputs.isEmpty && !layers.isEmpty: .functional
      default: .subclassed(className)
      }
    countCallsFromZero()
    let built = document["build_config"]?["input_shape"] ?? body["build_input_shape"]
    inputShape = built.flatMap { [Int?](kerasShape: $0) }
  }

  /// Gives the calls of models among the layers the numbers in which they stand.
  ///
  /// A functional model begins with a call of its own, which is counted and not written. The outputs of the model around
  /// it count it always; operands do in the lists of Keras 2 and not in those of Keras 3.
  /// <https://github.com/keras-team/keras/blob/master/keras/src/models/functional.py>, `get_config`
  private mutating func countCallsFromZero() {
    let functional = layers.filter(\.isFunctional)
    let counted = functional.reduce(into: [String: Int]()) { $0[$1.name] = $1.calls.count }
    guard !counted.isEmpty else { return }
    outputs = outputs.map { output in
      counted[output.layer] == nil || output.call == 0 ? output : output.beforeByOneCall
    }
    let operands = layers.flatMap { $0.calls.flatMap(\.inputs) }
    let beyond = Set(operands.filter { counted[$0.layer] == $0.call }.map(\.layer))
    guard !beyond.isEmpty else { return }
    for layer in layers.indices {
      for call in layers[layer].calls.indices {
        layers[layer].calls[call].inputs = layers[layer].calls[call].inputs.map { input in
          beyond.contains(input.layer) && input.call > 0 ? input.beforeByOneCall : input
        }
      }
    }
  }

  var reasonForNoGraph: Diagnostic {
    if case .subclassed(let name) = kind {
      return Diagnostic(
        .note, "subclassedModel",
        "\(name.quoted) is a class with code of its own, which the file does not hold: no graph")
    }
    return Diagnostic(
      .note, "noInputShape", "the configuration does not say what the model is given: no graph")
  }
}

/// One output of one call of a layer.
struct KerasTensorReference: Hashable {
  var layer: String
  var call: Int
  var output: Int

  init(layer: String, call: Int = 0, output: Int = 0) {
    self.layer = layer.shortened(to: 200)
    self.call = call
    self.output = output
  }

  /// The same output of the call before.
  var beforeByOneCall: KerasTensorReference {
    KerasTensorReference(layer: layer, call: call - 1, output: output)
  }

  /// Reads `["dense", 0, 0]`.
  init?(_ value: JSONValue) {
    let parts = value.elements
    guard parts.count >= 3, let layer = parts[0].string, let call = parts[1].integer,
      let output = parts[2].integer
    else { return nil }
    self.init(layer: layer, call: call, output: output)
  }

  /// Reads one reference, a list of them, or an object of them.
  static func list(_ value: JSONValue?) -> [KerasTensorReference] {
    guard let value else { return [] }
    if let one = KerasTensorReference(value) { return [one] }
    let nested = value.elements + value.members.map(\.value)
    return nested.flatMap { element in
      KerasTensorReference(element).map { [$0] } ?? element.elements.compactMap { .init($0) }
    }
  }
}

extension [Int?] {
  /// Reads sizes, of which those that are `null` are open.
  init?(kerasShape value: JSONValue) {
    guard case .array(let elements) = value, elements.count <= 32 else { return nil }
    self = []
    for element in elements {
      guard element != .null else {
        append(nil)
        continue
      }
      guard let size = element.integer, 0...Shape.maximumElementCount ~= size else { return nil }
      append(size)
    }
  }
}
