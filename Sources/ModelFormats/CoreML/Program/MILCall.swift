import ModelGraph

/// An operation whose constant operands are looked up.
struct MILCall {
  var operation: MILOperation

  /// The small constants among the operands, by parameter.
  var constants: [String: MILValue]

  func integers(_ key: String) -> [Int]? { constants[key]?.integers }
  func integer(_ key: String) -> Int? { integers(key)?.first }
  func text(_ key: String) -> String? { constants[key]?.string }
  func flag(_ key: String) -> Bool? { constants[key]?.flag }

  /// Strides, dilations, groups and padding of a window, in ONNX's words; `nil` if they make no sense.
  func window(rank: Int? = nil) -> Attributes? {
    var attributes: Attributes = [:]
    if let strides = integers("strides") { attributes["strides"] = .integers(strides) }
    if let dilations = integers("dilations") { attributes["dilations"] = .integers(dilations) }
    if let groups = integer("groups") { attributes["group"] = .integer(groups) }
    switch text("pad_type") {
    case "same": attributes["auto_pad"] = .string("SAME_UPPER")
    case "same_lower": attributes["auto_pad"] = .string("SAME_LOWER")
    case "custom":
      guard let pads = integers("pad"), pads.count.isMultiple(of: 2) else { return nil }
      // Start and end of each axis in turn; ONNX has all starts first.
      let starts = stride(from: 0, to: pads.count, by: 2).map { pads[$0] }
      let ends = stride(from: 1, to: pads.count, by: 2).map { pads[$0] }
      attributes["pads"] = .integers(starts + ends)
    case "valid", nil: break
    default: return nil
    }
    return attributes
  }
}

/// Writes one operation in our operators; `false` if it cannot.
typealias MILRule = @Sendable (MILCall, inout MILFunction) -> Bool

/// How each operation of MIL is written.
///
/// <https://apple.github.io/coremltools/source/coremltools.converters.mil.mil.ops.defs.html>
enum MILTable {
  static let rules: [String: MILRule] =
    [elements, layers, reductions, movements]
    .reduce(into: [:]) { $0.merge($1) { first, _ in first } }
}

extension MILFunction {
  /// The operand of a parameter; `nil` if it is left out.
  mutating func operand(
    _ key: String, isWeight: Bool = false, of call: MILCall
  ) -> ValueID? {
    guard let binding = call.operation.inputs[key]?.first else { return nil }
    return operand(binding, isWeight: isWeight)
  }

  /// All operands of a parameter that takes several.
  mutating func operands(_ key: String, of call: MILCall) -> [ValueID?] {
    (call.operation.inputs[key] ?? []).map { operand($0, isWeight: true) }
  }
}
