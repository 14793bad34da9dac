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
