import ByteFormats
import ModelGraph

extension KerasLayerTable {
  static let products: [String: KerasLayerRule] = [
    "Dense": { call, lowering in
      guard !call.isPackedInFours,
        let kernel = lowering.storedVariable(path: ["kernel"], of: call)
      else { return nil }
      let product =
        kernel.dataType == .int8
        ? lowering.quantizedProduct(call.input, kernel, of: call)
        : lowering.emit(
          "MatMul", [call.input, lowering.cast(kernel, to: call.layer.dataType, of: call)],
          layerType: .linear, of: call)
      return [lowering.activated(lowering.biased(product, of: call), of: call)]
    },
    "EinsumDense": { call, lowering in
      guard let equation = call.text("equation"), !equation.contains("."), !call.isPackedInFours,
        let kernel = lowering.variable("kernel", of: call)
      else { return nil }
      let product = lowering.einsum(equation, call.input, kernel, of: call)
      return [lowering.activated(lowering.biased(product, of: call), of: call)]
    },
    "Embedding": { call, lowering in
      guard let table = lowering.variable("embeddings", of: call) else { return nil }
      let tokens =
        call.input.dataType.isInteger
        ? call.input : lowering.convert(call.input, to: .int32, of: call)
      return [
        lowering.emit(
          "Embedding", [table, tokens], rank: tokens.rank + 1, dataType: call.layer.dataType,
          of: call)
      ]
    },
    "MultiHeadAttention": { call, lowering in lowering.attention(call) },
    "Attention": { call, lowering in
      guard call.operands.count >= 2, call.operands.allSatisfy({ $0.rank == 3 }) else { return nil }
      let (query, value) = (call.operands[0], call.operands[1])
      let key = call.operands.count > 2 ? call.operands[2] : value
      let turned = lowering.transpose(key, [0, 2, 1], of: call)
      let scores = lowering.emit("MatMul", [query, turned], layerType: .attention, of: call)
      let weights = lowering.emit("Softmax", [scores], ["axis": .integer(-1)], of: call)
      return [lowering.emit("MatMul", [weights, value], layerType: .attention, of: call)]
    },
  ]
}

extension KerasCall {
  /// Whether two of the layer's weights lie in a byte.
  fileprivate var isPackedInFours: Bool {
    let policy = settings["dtype"]
    let mode = policy?.string ?? policy?["config"]?["mode"]?.string
    return mode?.hasPrefix("int4") ?? false
  }
}

extension KerasLowering {
  /// Adds the bias along the last axis, if the layer has one.
  mutating func biased(_ value: KerasOperand, of call: KerasCall) -> KerasOperand {
    guard call.flag("use_bias", default: call.flag("bias", default: true)),
      let bias = variable("bias", of: call)
    else { return value }
    return emit("Add", [value, bias], rank: value.rank, dataType: value.dataType, of: call)
  }

  /// A product in 8 bits: the input is quantised as it comes, the result is scaled back.
  ///
  /// <https://github.com/keras-team/keras/blob/master/keras/src/layers/core/dense.py>, `_int8_call`
  fileprivate mutating func quantizedProduct(
    _ input: KerasOperand, _ kernel: KerasOperand, of call: KerasCall
  ) -> KerasOperand {
    let quantized = emit("Cast", [input], ["to": .integer(3)], dataType: .int8, of: call)
    let product = emit(
      "MatMulInteger", [quantized, kernel], dataType: .int32, layerType: .linear, of: call)
    let result = convert(product, to: call.layer.dataType, of: call)
    guard let scale = variable("kernel_scale", of: call) else { return result }
    return emit("Div", [result, scale], rank: result.rank, dataType: result.dataType, of: call)
  }

  mutating func einsum(
    _ equation: String, _ first: KerasOperand, _ second: KerasOperand,
    layerType: LayerType? = .linear, of call: KerasCall
  ) -> KerasOperand {
    let result = equation.split(separator: ">").last.map { $0.count } ?? first.rank
    return emit(
      "Einsum", [first, second], ["equation": .string(equation)], rank: result,
      dataType: first.dataType, layerType: layerType, of: call)
  }
}

// MARK: Attention with heads

extension KerasLowering {
  /// `[batch, length, features]` through heads, as one kernel unless there is dropout.
  ///
  /// <https://github.com/keras-team/keras/blob/master/keras/src/layers/attention/multi_head_attention.py>
  fileprivate mutating func attention(_ call: KerasCall) -> [KerasOperand]? {
    guard call.operands.count >= 2, call.operands.allSatisfy({ $0.rank == 3 }) else { return nil }
    let source = call.operands[1]
    let key = call.operands.count > 2 ? call.operands[2] : source
    guard let query = projected(call.operands[0], "query", call),
      let keys = projected(key, "key", call), let values = projected(source, "value", call),
      let kernel = variable("attention_output", "kernel", of: call)
    else { return nil }
    let isOneKernel = (call.settings["dropout"]?.double ?? 0) == 0
    let mixed =
      isOneKernel
      ? kernelAttention(query, keys, values, call) : attention(query, keys, values, call)
    var result = einsum("abcd,cde->abe", mixed, kernel, of: call)
    if let bias = variable("attention_output", "bias", of: call) {
      result = emit("Add", [result, bias], of: call)
    }
    return [result]
  }

  private mutating func projected(
    _ input: KerasOperand, _ name: String, _ call: KerasCall
  ) -> KerasOperand? {
    guard let kernel = variable(path: [name, "kernel"], of: call) else { return nil }
    let product = einsum("abc,cde->abde", input, kernel, of: call)
    guard let bias = variable(path: [name, "bias"], of: call) else { return product }
    return emit("Add", [product, bias], of: call)
  }

  private mutating func kernelAttention(
    _ query: KerasOperand, _ key: KerasOperand, _ value: KerasOperand, _ call: KerasCall
  ) -> KerasOperand {
    let turned = [query, key, value].map { transpose($0, [0, 2, 1, 3], of: call) }
    let mixed = emit("ScaledDotProductAttention", turned, of: call)
    return transpose(mixed, [0, 2, 1, 3], of: call)
  }

  private mutating func attention(
    _ query: KerasOperand, _ key: KerasOperand, _ value: KerasOperand, _ call: KerasCall
  ) -> KerasOperand {
    let scaled = emit("Scale", [query], of: call)
    let scores = einsum("aecd,abcd->acbe", key, scaled, layerType: .attention, of: call)
    let weights = emit("Softmax", [scores], ["axis": .integer(-1)], of: call)
    return einsum("acbe,aecd->abcd", weights, value, layerType: .attention, of: call)
  }
}
