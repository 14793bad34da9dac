import ByteFormats
import ModelGraph

extension Configuration {
  /// How the checkpoint's weights are packed; `nil` if they are not, or by an unknown method.
  var weightPacking: WeightPacking? {
    get throws(ConfigurationError) {
      guard let part = try partIfAny("quantization_config") else { return nil }
      let method = try part.text("quant_method", default: "").lowercased()
      let floatBits = try floatingType == .float32 ? 32 : 16
      switch method {
      case "fp8":
        let isFine = try text("expert_dtype", default: "") == "fp4"
        return try part.blockFloat8(fp4Experts: isFine)
      case "mxfp4": return try part.microscaling
      case "gptq": return try part.gptq
      case "awq": return try part.awq
      case "bitsandbytes": return try part.bitsAndBytes
      case "compressed-tensors", "compressed_tensors": return try part.compressed(floatBits)
      case "fbgemm_fp8": return try part.fbgemm
      case "modelopt": return try part.modelOpt
      case "torchao": return try part.torchAO(floatBits)
      default: return nil
      }
    }
  }

  /// The modules that stay as they are, under any of the names that methods have for the list.
  private func untouched(_ keys: String...) throws(ConfigurationError) -> [String] {
    for key in keys {
      guard let names = try texts(key) else { continue }
      return names.map(\.plainPattern)
    }
    return []
  }

  private func blockFloat8(fp4Experts: Bool) throws(ConfigurationError) -> WeightPacking {
    let block = isNull("weight_block_size") ? [] : try sizes("weight_block_size") ?? [128, 128]
    let isPlain = block.count != 2 || block.contains(0)
    let rows = isPlain ? nil : block.first
    let columns = isPlain ? nil : block.last
    // Scales that are powers of two take a byte where experts are stored in four bits.
    let scale = WeightPacking.Grid(
      "scales", outputs: rows, inputs: columns, bits: fp4Experts ? 8 : 32)
    var packing = WeightPacking(
      method: "fp8",
      rule: isPlain
        ? "a byte an element, one scale of four bytes a matrix"
        : "a byte an element, a scale for each \(rows ?? 1) × \(columns ?? 1) of them",
      source: "transformers 5.23, integrations/finegrained_fp8.py, FP8Linear", elementBits: 8,
      filling: .bytes, scales: [scale])
    packing.bytesPerMatrix = try text("activation_scheme", default: "dynamic") == "static" ? 4 : 0
    packing.excluded = try untouched("modules_to_not_convert", "ignored_layers")
    if fp4Experts {
      packing.expertBits = 4
      packing.expertScale = WeightPacking.Grid("scales", outputs: 1, inputs: 32, bits: 8)
      packing.rule += "; experts in half a byte with a byte for each 32"
    }
    return packing
  }

  private var microscaling: WeightPacking {
    get throws(ConfigurationError) {
      var packing = WeightPacking(
        method: "mxfp4", rule: "experts: half a byte an element, a byte for each 32 of them",
        source: "transformers 5.23, integrations/mxfp4.py; OCP Microscaling Formats 1.0",
        elementBits: 4, filling: .bytes,
        scales: [.init("scales", outputs: 1, inputs: 32, bits: 8)])
      packing.packsLinear = false
      packing.excluded = try untouched("modules_to_not_convert")
      return packing
    }
  }

  private func groupSize(_ keys: String...) throws(ConfigurationError) -> Int? {
    for key in keys where has(key) {
      let size = try size(key, default: -1, in: -1...Self.maximumSize)
      return size > 0 ? size : nil
    }
    return 128
  }

  private func elementBits(
    _ keys: String..., among known: [Int]
  ) throws(ConfigurationError) -> Int {
    for key in keys where has(key) {
      let bits = try count(key, default: 4)
      guard known.contains(bits) else {
        throw .unknownChoice(key: path + key, found: "\(bits)", known: known.map(String.init))
      }
      return bits
    }
    return 4
  }

  private var gptq: WeightPacking {
    get throws(ConfigurationError) {
      let bits = try elementBits("bits", among: [2, 3, 4, 8])
      let group = try groupSize("group_size")
      var packing = WeightPacking(
        method: "gptq",
        rule: "\(bits) bits an element in words down the inputs; for each group of "
          + "\(group.map(String.init) ?? "all") inputs scales of two bytes and packed zero points; "
          + "four bytes an input for its group",
        source: "AutoGPTQ, nn_modules/qlinear: qweight, qzeros, scales, g_idx", elementBits: bits,
        filling: .inputs,
        scales: [
          .init("scales", outputs: 1, inputs: group, bits: 16),
          .init("zero points", outputs: 1, inputs: group, bits: bits, isFilled: true),
        ])
      packing.bytesPerInput = 4
      packing.packsHead = try flag("lm_head", default: false)
      packing.excluded = try untouched("modules_to_not_convert")
      if case .array(let lists)? = entry(["modules_in_block_to_quantize"])?.value {
        packing.included = lists.prefix(256).flatMap { list in
          (list.string.map { [$0] } ?? list.elements.compactMap(\.string)).map { "*.\($0)" }
        }
      }
      return packing
    }
  }

  private var awq: WeightPacking {
    get throws(ConfigurationError) {
      let bits = try elementBits("bits", "w_bit", among: [4])
      let group = try groupSize("group_size", "q_group_size")
      var packing = WeightPacking(
        method: "awq",
        rule: "\(bits) bits an element in words across the outputs; for each group of "
          + "\(group.map(String.init) ?? "all") inputs scales of two bytes and packed zero points",
        source: "AutoAWQ, modules/linear/gemm.py: qweight, qzeros, scales", elementBits: bits,
        filling: .outputs,
        scales: [
          .init("scales", outputs: 1, inputs: group, bits: 16),
          .init("zero points", outputs: 1, inputs: group, bits: bits, isFilled: true),
        ])
      packing.excluded = try untouched("modules_to_not_convert")
      return packing
    }
  }

  private var bitsAndBytes: WeightPacking {
    get throws(ConfigurationError) {
      var packing: WeightPacking
      if try flag("load_in_8bit", "_load_in_8bit", default: false) {
        packing = WeightPacking(
          method: "bitsandbytes", rule: "a byte an element, four bytes an output, one a matrix",
          source: "bitsandbytes, nn/modules.py, Linear8bitLt: weight, SCB, weight_format",
          elementBits: 8, filling: .bytes,
          scales: [.init("scales", outputs: 1, inputs: nil, bits: 32)])
        packing.bytesPerMatrix = 1
      } else {
        packing = try fourBits
      }
      packing.packsExperts = false
      packing.excluded = try untouched("llm_int8_skip_modules")
      return packing
    }
  }

  private var fourBits: WeightPacking {
    get throws(ConfigurationError) {
      let isNested = try flag("bnb_4bit_use_double_quant", default: false)
      var packing = WeightPacking(
        method: "bitsandbytes",
        rule: isNested
          ? "half a byte an element; a byte for each 64, four for each 16,384; the description of a "
            + "matrix, some 200 bytes, is not counted"
          : "half a byte an element, four bytes for each 64; the description of a matrix, some 200 "
            + "bytes, is not counted",
        source: "bitsandbytes, functional.py, QuantState.as_dict", elementBits: 4, filling: .bytes,
        scales: [
          .init(
            "scales", outputs: nil, inputs: nil, bits: isNested ? 8 : 32,
            shared: isNested ? 256 : nil, elements: 64)
        ])
      // The sixteen values of the type, and 256 of the scales' where they are packed too.
      packing.bytesPerMatrix = isNested ? 64 + 1024 : 64
      return packing
    }
  }

  private var fbgemm: WeightPacking {
    get throws(ConfigurationError) {
      var packing = WeightPacking(
        method: "fbgemm_fp8", rule: "a byte an element, four bytes an output and a matrix",
        source: "transformers 5.23, integrations/fbgemm_fp8.py, FbgemmFp8Linear", elementBits: 8,
        filling: .bytes, scales: [.init("scales", outputs: 1, inputs: nil, bits: 32)])
      packing.bytesPerMatrix = 4
      packing.excluded = try untouched("modules_to_not_convert")
      return packing
    }
  }

  private var modelOpt: WeightPacking? {
    get throws(ConfigurationError) {
      let source = "TensorRT Model Optimizer, export/unified_export_hf.py"
      let ignored = try untouched("ignore", "exclude_modules")
      switch try text("quant_algo", default: "").uppercased() {
      case "FP8":
        var packing = WeightPacking(
          method: "modelopt", rule: "a byte an element, two scales of four bytes a matrix",
          source: source, elementBits: 8, filling: .bytes,
          scales: [.init("scales", outputs: nil, inputs: nil, bits: 32)])
        packing.bytesPerMatrix = 4
        packing.excluded = ignored
        return packing
      case "NVFP4", "FP4":
        var packing = Self.nvfp4(method: "modelopt", source: source)
        packing.excluded = ignored
        return packing
      default: return nil
      }
    }
  }

  static func nvfp4(method: String, source: String) -> WeightPacking {
    var packing = WeightPacking(
      method: method,
      rule: "half a byte an element, a byte for each 16, two scales of four bytes a matrix",
      source: source, elementBits: 4, filling: .bytes,
      scales: [.init("scales", outputs: 1, inputs: 16, bits: 8)])
    packing.bytesPerMatrix = 8
    return packing
  }
}
