// From floating-point numbers to small integers and back.

import ModelGraph

extension OperatorDefinition {
  static let quantizations: [OperatorDefinition] = [
    quantizeLinear, dequantizeLinear, dynamicQuantizeLinear, contributedQuantizeLinear,
    contributedDequantizeLinear,
  ]

  /// `x / scale + zero point`, rounded, for the tensor, an axis, or blocks of an axis.
  public static let quantizeLinear = quantize("QuantizeLinear")

  /// `(x − zero point) · scale`.
  public static let dequantizeLinear = dequantize("DequantizeLinear")

  public static let contributedQuantizeLinear = quantize(.contributed("QuantizeLinear"))
  public static let contributedDequantizeLinear = dequantize(.contributed("DequantizeLinear"))

  /// Quantises to `uint8` by the range of the contents; the scale and zero point come with it.
  public static let dynamicQuantizeLinear = OperatorDefinition(
    "DynamicQuantizeLinear",
    shape: .dynamicQuantization,
    work: .perInputElement(4),
    example: Example(
      OperatorCall([.tensor(.float32, [2, 128, 768])], outputCount: 3),
      [.tensor(.uint8, [2, 128, 768]), .tensor(.float32, []), .tensor(.uint8, [])]))

  private static func quantize(_ name: OperatorName) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: .quantization,
      work: .perOutputElement(3),
      example: Example(
        OperatorCall([
          .tensor(.float32, [1, 3, 224, 224]), .tensor(.float32, []), .tensor(.int8, []),
        ]),
        [.tensor(.int8, [1, 3, 224, 224])]))
  }

  private static func dequantize(_ name: OperatorName) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: .dequantization,
      work: .perOutputElement(2),
      example: Example(
        OperatorCall([
          .tensor(.int8, [64, 3, 7, 7]), .tensor(.float32, [64]), .tensor(.int8, [64]),
        ]),
        [.tensor(.float32, [64, 3, 7, 7])]))
  }
}
