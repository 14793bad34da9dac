import ModelGraph

/// An activation function, which may work in place.
struct Activation: Layer {
  let operatorName: OperatorName
  var attributes: Attributes = [:]
  var inPlace = false

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var attributes = attributes
    if inPlace { attributes["inplace"] = .integer(1) }
    return graph.call(operatorName, x, attributes: attributes)
  }
}

extension Activation {
  static func relu(inPlace: Bool = false) -> Activation {
    Activation(operatorName: "Relu", inPlace: inPlace)
  }

  /// The rectifier that stops at 6, which PyTorch computes with `hardtanh`.
  static func relu6(inPlace: Bool = false) -> Activation {
    Activation(
      operatorName: "HardTanh", attributes: ["min": .float(0), "max": .float(6)],
      inPlace: inPlace)
  }

  static func silu(inPlace: Bool = false) -> Activation {
    Activation(operatorName: "Silu", inPlace: inPlace)
  }

  static func hardSwish(inPlace: Bool = false) -> Activation {
    Activation(operatorName: "HardSwish", inPlace: inPlace)
  }

  static func hardSigmoid(inPlace: Bool = false) -> Activation {
    Activation(operatorName: "HardSigmoid", inPlace: inPlace)
  }

  static let gelu = Activation(operatorName: "Gelu")
  static let sigmoid = Activation(operatorName: "Sigmoid")
  static let tanh = Activation(operatorName: "Tanh")
}
