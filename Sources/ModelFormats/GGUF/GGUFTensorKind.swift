import ModelGraph

extension DataType {
  /// Makes the type from its code in a GGUF file, `ggml_type`.
  ///
  /// Codes: <https://github.com/ggml-org/ggml/blob/master/include/ggml.h>
  init?(ggufCode code: UInt32) {
    guard code < Self.ggufTypes.count, let type = Self.ggufTypes[Int(code)] else { return nil }
    self = type
  }

  /// The types by code; `nil` where ggml has withdrawn one.
  private static let ggufTypes: [DataType?] = [
    .float32, .float16, .q4_0, .q4_1, nil, nil, .q5_0, .q5_1, .q8_0, .q8_1,
    .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .q8_K, .iq2_XXS, .iq2_XS, .iq3_XXS, .iq1_S,
    .iq4_NL, .iq3_S, .iq2_S, .iq4_XS, .int8, .int16, .int32, .int64, .float64, .iq1_M,
    .bfloat16, nil, nil, nil, .tq1_0, .tq2_0, nil, nil, nil, .mxfp4,
    .nvfp4, .q1_0,
  ]

  /// What a code means that no type stands for, as an error names it.
  static func ggufCodeDescription(_ code: UInt32) -> String {
    let withdrawn: [UInt32: String] = [
      4: "Q4_2", 5: "Q4_3", 31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8",
      36: "IQ4_NL_4_4", 37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8",
    ]
    return withdrawn[code].map { "\(code) (\($0), withdrawn from ggml)" } ?? "\(code)"
  }
}
