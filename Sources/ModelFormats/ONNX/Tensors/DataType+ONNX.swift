import ModelGraph

extension DataType {
  /// Makes the type of a number in `TensorProto.DataType`.
  ///
  /// Source: <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>
  init?(onnxCode code: Int) {
    guard Self.byONNXCode.indices.contains(code), let type = Self.byONNXCode[code] else {
      return nil
    }
    self = type
  }

  private static let byONNXCode: [DataType?] = [
    nil, .float32, .uint8, .int8, .uint16, .int16, .int32, .int64, .string, .bool, .float16,
    .float64, .uint32, .uint64, .complex64, .complex128, .bfloat16, .float8E4M3FN,
    .float8E4M3FNUZ, .float8E5M2, .float8E5M2FNUZ, .uint4, .int4, .float4E2M1FN, .float8E8M0FNU,
    .uint2, .int2, .float6E2M3FN, .float6E3M2FN,
  ]

  /// The bits of one element, stored without gaps.
  var bitWidth: Int { layout.bytes * 8 / layout.elements }

  /// The bytes that `raw_data` of so many elements takes, the last byte filled up.
  ///
  /// Six-bit elements pack four to three bytes, but the last group may be cut at a byte.
  func rawByteCount(ofElements count: Int) -> ByteCount {
    let bits = ByteCount(count) * bitWidth
    return ByteCount(bits.value.dividedRoundingUp(by: 8))
  }
}
