import ByteFormats
import ModelGraph

// Methods whose configuration describes the packing itself.

extension Configuration {
  /// The packing of llm-compressor; `nil` if groups of modules differ, or nothing is known of it.
  func compressed(_ floatBits: Int) throws(ConfigurationError) -> WeightPacking? {
    let groups = entry(["config_groups"])?.value.members ?? []
    guard let first = groups.first, groups.count == 1,
      let weights = try Configuration(first.value, path: "\(first.key).").partIfAny("weights")
    else { return nil }
    let group = Configuration(first.value, path: "\(first.key).")
    var packing = try weights.compressedWeights(
      format: try text("format", default: ""), floatBits)
    let inputs = try group.partIfAny("input_activations")
    if let inputs, try !inputs.flag("dynamic", default: false) { packing?.bytesPerMatrix += 4 }
    packing?.excluded = try texts("ignore")?.prefix(4096).map(\.plainPattern) ?? []
    return packing
  }

  private func compressedWeights(
    format: String, _ floatBits: Int
  ) throws(ConfigurationError) -> WeightPacking? {
    let bits = try count("num_bits", default: 8)
    guard 1...8 ~= bits else {
      throw .outOfRange(key: "\(path)num_bits", found: "\(bits)", range: 1...8)
    }
    let strategy = try text("strategy", default: "tensor")
    let isGrouped = strategy == "group" || strategy == "tensor_group"
    let inputs = isGrouped ? try size("group_size", default: 128) : nil
    let outputs = strategy == "tensor" ? nil : 1
    if format == "nvfp4-pack-quantized" {
      return Configuration.nvfp4(
        method: "compressed-tensors", source: "compressed-tensors, compressors/nvfp4_quantized.py")
    }
    let isPacked = format == "pack-quantized"
    var scales = [WeightPacking.Grid("scales", outputs: outputs, inputs: inputs, bits: floatBits)]
    if !(try flag("symmetric", default: true)) {
      scales.append(
        .init(
          "zero points", outputs: outputs, inputs: inputs, bits: bits, isFilled: isPacked))
    }
    var packing = WeightPacking(
      method: "compressed-tensors",
      rule: "\(bits) bits an element, a scale for each "
        + (inputs.map { "\($0) inputs" } ?? (outputs == nil ? "matrix" : "output")),
      source: "compressed-tensors, compressors/quantized_compressors", elementBits: bits,
      filling: isPacked ? .inputs : .bytes, scales: scales)
    packing.bytesPerMatrix = isPacked ? 16 : 0
    if try text("actorder", default: "") == "group" { packing.bytesPerInput = 4 }
    return packing
  }

  /// The packing of torchao, by the names of its configurations, old and new.
  func torchAO(_ floatBits: Int) throws(ConfigurationError) -> WeightPacking? {
    let kind = entry(["quant_type"])?.value
    let inner = kind?["default"]
    let name = (kind?.string ?? inner?["_type"]?.string ?? "").lowercased()
      .replacing("_", with: "").replacing("config", with: "")
    let given =
      inner?["_data"]?["group_size"]?.integer
      ?? entry(["quant_type_kwargs"])?.value["group_size"]?.integer
    let group = given.flatMap { 1...Self.maximumSize ~= $0 ? $0 : nil } ?? 128
    let source = "torchao, quantization/quant_api.py"
    if name.hasPrefix("int4weightonly") {
      return WeightPacking(
        method: "torchao",
        rule: "half a byte an element, a scale and a zero point for each \(group) inputs",
        source: source, elementBits: 4, filling: .bytes,
        scales: [.init("scales", outputs: 1, inputs: group, bits: 2 * floatBits)])
    }
    guard name.hasPrefix("int8") || name.hasPrefix("float8") else { return nil }
    return WeightPacking(
      method: "torchao", rule: "a byte an element, a scale for each output", source: source,
      elementBits: 8, filling: .bytes,
      scales: [
        .init("scales", outputs: 1, inputs: nil, bits: name.hasPrefix("int8") ? floatBits : 32)
      ])
  }
}

extension String {
  /// A pattern of a regular expression's common form with stars.
  var plainPattern: String {
    guard hasPrefix("re:") else { return self }
    return String(dropFirst(3)).replacing(".*", with: "*").replacing("\\", with: "")
      .replacing("^", with: "").replacing("$", with: "")
  }
}
