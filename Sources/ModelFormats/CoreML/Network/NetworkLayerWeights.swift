import ByteFormats
import ModelGraph

/// Which fields of which layers are weights, and their shapes.
enum NetworkLayerWeights {
  struct Found {
    var name: String
    var weights: NetworkWeights
    var shape: Shape?
  }

  /// The weights of a layer, in the order of the fields.
  static func all(_ layer: NetworkLayer) throws(ByteError) -> [Found] {
    guard let parameters = layer.parameters else { return [] }
    switch layer.kind {
    case 420: return try gates(parameters, field: 20)
    case 430: return try gates(parameters, field: 20)
    case 130: return try activation(parameters)
    default:
      var found: [Found] = []
      for (number, name) in fields[layer.kind] ?? [] {
        for field in try parameters.fields(number) {
          found.append(
            Found(
              name: name, weights: try NetworkWeights(try field.message()),
              shape: try shape(layer.kind, name, parameters)))
        }
      }
      return found
    }
  }

  private static let fields: [Int: [(Int, String)]] = [
    100: [(90, "weights"), (91, "bias")],
    140: [(20, "weights"), (21, "bias")],
    150: [(20, "weights"), (21, "bias")],
    160: [(15, "gamma"), (16, "beta"), (17, "mean"), (18, "variance")],
    245: [(2, "scale"), (5, "bias")],
    250: [(2, "bias")],
    290: [(2, "data")],
    400: [(30, "weight_matrix"), (31, "recursion_matrix"), (32, "bias")],
    410: [
      (30, "update_weights"), (31, "reset_weights"), (32, "output_weights"),
      (50, "update_recursion"), (51, "reset_recursion"), (52, "output_recursion"),
      (70, "update_bias"), (71, "reset_bias"), (72, "output_bias"),
    ],
    500: [(20, "weights")],
    1040: [(20, "weights"), (21, "bias")],
    1045: [(8, "weights"), (9, "bias")],
    1070: [(2, "data")],
    1350: [(3, "gamma"), (4, "beta")],
    1471: [(60, "weights"), (61, "bias")],
  ]

  private static let gateNames: [(Int, String)] = [
    (1, "input_weights"), (2, "forget_weights"), (3, "block_weights"), (4, "output_weights"),
    (20, "input_recursion"), (21, "forget_recursion"), (22, "block_recursion"),
    (23, "output_recursion"), (40, "input_bias"), (41, "forget_bias"), (42, "block_bias"),
    (43, "output_bias"), (60, "input_peephole"), (61, "forget_peephole"),
    (62, "output_peephole"),
  ]

  /// The weights of an LSTM, one message for each direction.
  private static func gates(
    _ parameters: NetworkParameters, field number: Int
  ) throws(ByteError) -> [Found] {
    var found: [Found] = []
    for (direction, field) in try parameters.fields(number).enumerated() {
      let gates = NetworkParameters(try field.message())
      let prefix = direction == 0 ? "" : "backward_"
      for (number, name) in gateNames {
        for weights in try gates.fields(number) {
          found.append(
            Found(name: prefix + name, weights: try NetworkWeights(try weights.message())))
        }
      }
    }
    return found
  }

  /// PReLU and the parametric softplus have numbers for each channel.
  private static func activation(_ parameters: NetworkParameters) throws(ByteError) -> [Found] {
    var found: [Found] = []
    for (kind, names) in [(25, [(1, "alpha")]), (71, [(1, "alpha"), (2, "beta")])] {
      guard let inner = try parameters.inner(kind) else { continue }
      for (number, name) in names {
        for field in try inner.fields(number) {
          found.append(Found(name: name, weights: try NetworkWeights(try field.message())))
        }
      }
    }
    return found
  }

  private static func shape(
    _ kind: Int, _ name: String, _ parameters: NetworkParameters
  ) throws(ByteError) -> Shape? {
    if let field = shapeFields[kind]?[name] {
      let shape = try parameters.integers(field)
      return shape.isEmpty ? nil : shape
    }
    guard name == "weights" else { return nil }
    switch kind {
    case 100: return try convolution(parameters)
    case 140, 150:
      guard let inputs = try parameters.size(1), let outputs = try parameters.size(2) else {
        return nil
      }
      return [outputs, inputs]
    case 1040:
      guard let count = try parameters.size(1), let size = try parameters.size(2) else {
        return nil
      }
      return [size, count]
    default: return nil
    }
  }

  /// The fields that state shapes, by layer and weight.
  private static let shapeFields: [Int: [String: Int]] = [
    245: ["scale": 1, "bias": 4], 250: ["bias": 1], 290: ["data": 1], 1070: ["data": 1],
  ]

  /// `[out, in / groups, height, width]`, of a deconvolution `[in, out / groups, height, width]`.
  private static func convolution(_ parameters: NetworkParameters) throws(ByteError) -> Shape? {
    guard let outputs = try parameters.size(1), let inputs = try parameters.size(2) else {
      return nil
    }
    let kernel = try parameters.integers(20)
    let groups = max(1, try parameters.size(10) ?? 1)
    guard try parameters.flag(60) else { return [outputs, inputs] + kernel }
    return [inputs, outputs / groups] + kernel
  }
}

extension NetworkLayerWeights.Found {
  init(name: String, weights: NetworkWeights) {
    self.init(name: name, weights: weights, shape: nil)
  }
}
