import ModelGraph

/// What the operators that read a stored tensor use it as.
struct TensorUse: OptionSet {
  let rawValue: UInt8

  /// A trained weight of a layer, whatever its size.
  static let weight = TensorUse(rawValue: 1)

  /// A weight in whole numbers.
  static let quantizedWeight = TensorUse(rawValue: 2)

  /// A scale, a zero point or a permutation that belongs to a quantised weight or activation.
  static let quantization = TensorUse(rawValue: 4)

  /// A running mean or variance.
  static let statistic = TensorUse(rawValue: 8)

  /// A number that steers the operator: a bound, a ratio, a factor of size.
  static let setting = TensorUse(rawValue: 16)
}

extension TensorUse {
  /// What an operator uses each of its inputs as; nothing in particular beyond the end.
  ///
  /// Integers that are weights somewhere must have their slot here, since otherwise integers are
  /// taken for the arithmetic on shapes that exporters write.
  static func uses(of name: String) -> [TensorUse] { table[name] ?? [] }

  private static let table: [String: [TensorUse]] = [
    "BatchNormalization": [[], .weight, .weight, .statistic, .statistic],
    "Conv": [[], .weight, .weight], "ConvTranspose": [[], .weight, .weight],
    "DeformConv": [[], .weight, [], .weight], "Gemm": [.weight, .weight, .weight],
    "MatMul": [.weight, .weight], "FusedMatMul": [.weight, .weight],
    "InstanceNormalization": [[], .weight, .weight],
    "LayerNormalization": [[], .weight, .weight], "GroupNormalization": [[], .weight, .weight],
    "RMSNormalization": [[], .weight], "SimplifiedLayerNormalization": [[], .weight],
    "SkipLayerNormalization": [[], [], .weight, .weight, .weight],
    "SkipSimplifiedLayerNormalization": [[], [], .weight, .weight],
    "PRelu": [[], .weight], "Gather": [.weight],
    "LSTM": [[], .weight, .weight, .weight, [], [], [], .weight],
    "GRU": [[], .weight, .weight, .weight], "RNN": [[], .weight, .weight, .weight],

    "QuantizeLinear": [.weight, .quantization, .quantization],
    "DequantizeLinear": [.quantizedWeight, .quantization, .quantization],
    "MatMulInteger": [.quantizedWeight, .quantizedWeight, .quantization, .quantization],
    "ConvInteger": [.quantizedWeight, .quantizedWeight, .quantization, .quantization],
    "QLinearConv": quantizedPair + [.quantization, .quantization, .quantizedWeight],
    "QLinearMatMul": quantizedPair + [.quantization, .quantization],
    "QLinearAdd": quantizedPair + [.quantization, .quantization],
    "QLinearMul": quantizedPair + [.quantization, .quantization],
    "QGemm": quantizedPair + [.quantizedWeight, .quantization, .quantization],
    "QLinearSigmoid": [[]] + Array(repeating: .quantization, count: 4),
    "QLinearLeakyRelu": [[]] + Array(repeating: .quantization, count: 4),
    "QLinearGlobalAveragePool": [[]] + Array(repeating: .quantization, count: 4),
    "MatMulIntegerToFloat": [
      .quantizedWeight, .quantizedWeight, .quantization, .quantization, .quantization,
      .quantization, .weight,
    ],
    "DynamicQuantizeMatMul": [
      [], .quantizedWeight, .quantization, .quantization, .weight,
    ],
    "MatMulNBits": [
      [], .quantizedWeight, .quantization, .quantization, .quantization, .weight,
    ],
    "MatMulBnb4": [[], .quantizedWeight, .quantization],
    "GatherBlockQuantized": [.quantizedWeight, [], .quantization, .quantization],

    "Resize": [[], .setting, .setting, .setting], "Upsample": [[], .setting],
    "Clip": [[], .setting, .setting], "Pad": [[], .setting, .setting],
    "Range": [.setting, .setting, .setting], "OneHot": [[], .setting, .setting],
    "Dropout": [[], .setting, .setting], "TopK": [[], .setting],
    "NonMaxSuppression": [[], [], .setting, .setting, .setting],
  ]

  /// Two operands, each followed by its scale and its zero point.
  private static let quantizedPair: [TensorUse] = [
    .quantizedWeight, .quantization, .quantization,
    .quantizedWeight, .quantization, .quantization,
  ]
}

extension Tensor.Role {
  /// The role of a tensor that a file holds, told by its type and by what reads it.
  ///
  /// - Running statistics, scales and zero points are state, as they are buffers in PyTorch.
  /// - What fills the slot of a quantised weight is a parameter.
  /// - Floating-point tensors are parameters, unless they steer an operator or are single numbers
  ///   outside the slots of weights.
  /// - Integers of eight bits and less that are looked up in are parameters: quantised embeddings.
  /// - Other integers, booleans and texts are constants, the operands of arithmetic on shapes; but
  ///   tables of more than ``largestConstant`` elements are state: position tables, masks.
  init(_ type: TensorType, uses: TensorUse) {
    if uses.contains(.statistic) {
      self = .state
    } else if uses.contains(.quantizedWeight) {
      self = .parameter
    } else if uses.contains(.quantization) {
      self = .state
    } else if type.dataType.isFloatingPoint || type.dataType.isComplex {
      self = Self.ofFloats(type, uses: uses)
    } else {
      self = Self.ofIntegers(type, uses: uses)
    }
  }

  static let largestConstant = 64

  private static func ofFloats(_ type: TensorType, uses: TensorUse) -> Tensor.Role {
    if type.elementCount == 0 { return .constant }
    if uses.contains(.weight) && type.rank > 0 { return .parameter }
    return type.elementCount == 1 || uses == .setting ? .constant : .parameter
  }

  private static func ofIntegers(_ type: TensorType, uses: TensorUse) -> Tensor.Role {
    let isTable = uses.contains(.weight) && type.rank > 1
    if isTable && type.dataType.bitWidth <= 8 && type.dataType.isInteger { return .parameter }
    return type.elementCount > largestConstant ? .state : .constant
  }
}
