/// A type of the elements of a tensor, as they lie in memory or in a file.
///
/// Types of less than a byte and block-quantised types store several elements in one block, so the
/// size of an element is a ratio: ``Layout/bytes`` for ``Layout/elements``.
public enum DataType: String, Hashable, Sendable, CaseIterable {
  case float64, float32, float16, bfloat16
  case float8E4M3FN, float8E4M3FNUZ, float8E5M2, float8E5M2FNUZ, float8E8M0
  case float6E2M3FN, float6E3M2FN, float4E2M1

  /// Two numbers of four bits in a byte, which PyTorch counts as one element.
  case float4E2M1x2
  case int64, int32, int16, int8, int4, int2
  case uint64, uint32, uint16, uint8, uint4, uint2
  case bool, complex32, complex64, complex128
  case string

  // Block types of GGUF. <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>
  case q4_0, q4_1, q5_0, q5_1, q8_0, q8_1
  case q2_K, q3_K, q4_K, q5_K, q6_K, q8_K
  case iq1_S, iq1_M, iq2_XXS, iq2_XS, iq2_S, iq3_XXS, iq3_S, iq4_NL, iq4_XS
  case tq1_0, tq2_0, mxfp4, nvfp4, q1_0
}

extension DataType {
  /// The smallest run of elements that fills whole bytes, scales included.
  public struct Layout: Hashable, Sendable {
    public var elements: Int
    public var bytes: Int

    /// The bits one element takes on average.
    public var bitsPerElement: Double { Double(bytes * 8) / Double(elements) }
  }

  /// The block this type is stored in.
  ///
  /// Text has no fixed size and counts as nothing. Block sizes are those of `ggml-quants`, as
  /// measured with the `gguf` package 0.19.
  public var layout: Layout {
    switch self {
    case .complex128: Layout(elements: 1, bytes: 16)
    case .float64, .int64, .uint64, .complex64: Layout(elements: 1, bytes: 8)
    case .float32, .int32, .uint32, .complex32: Layout(elements: 1, bytes: 4)
    case .float16, .bfloat16, .int16, .uint16: Layout(elements: 1, bytes: 2)
    case .float8E4M3FN, .float8E4M3FNUZ, .float8E5M2, .float8E5M2FNUZ, .float8E8M0,
      .float4E2M1x2, .int8, .uint8, .bool:
      Layout(elements: 1, bytes: 1)
    case .float6E2M3FN, .float6E3M2FN: Layout(elements: 4, bytes: 3)
    case .float4E2M1, .int4, .uint4: Layout(elements: 2, bytes: 1)
    case .int2, .uint2: Layout(elements: 4, bytes: 1)
    case .string: Layout(elements: 1, bytes: 0)
    case .q4_0, .iq4_NL: Layout(elements: 32, bytes: 18)
    case .q4_1: Layout(elements: 32, bytes: 20)
    case .q5_0: Layout(elements: 32, bytes: 22)
    case .q5_1: Layout(elements: 32, bytes: 24)
    case .q8_0: Layout(elements: 32, bytes: 34)
    // As files have it: two scales of 4 bytes. In llama.cpp's memory they are float16 (36 bytes),
    // but it writes no such file.
    case .q8_1: Layout(elements: 32, bytes: 40)
    case .mxfp4: Layout(elements: 32, bytes: 17)
    case .nvfp4: Layout(elements: 64, bytes: 36)
    case .q1_0: Layout(elements: 128, bytes: 18)
    case .q2_K: Layout(elements: 256, bytes: 84)
    case .q3_K: Layout(elements: 256, bytes: 110)
    case .q4_K: Layout(elements: 256, bytes: 144)
    case .q5_K: Layout(elements: 256, bytes: 176)
    case .q6_K: Layout(elements: 256, bytes: 210)
    case .q8_K: Layout(elements: 256, bytes: 292)
    case .iq1_S: Layout(elements: 256, bytes: 50)
    case .iq1_M: Layout(elements: 256, bytes: 56)
    case .iq2_XXS: Layout(elements: 256, bytes: 66)
    case .iq2_XS: Layout(elements: 256, bytes: 74)
    case .iq2_S: Layout(elements: 256, bytes: 82)
    case .iq3_XXS: Layout(elements: 256, bytes: 98)
    case .iq3_S: Layout(elements: 256, bytes: 110)
    case .iq4_XS: Layout(elements: 256, bytes: 136)
    case .tq1_0: Layout(elements: 256, bytes: 54)
    case .tq2_0: Layout(elements: 256, bytes: 66)
    }
  }

  /// The bytes that a number of elements takes, the last block filled up.
  public func byteCount(ofElements count: Int) -> ByteCount {
    let layout = layout
    guard layout.elements > 1 else { return ByteCount(count) * layout.bytes }
    return ByteCount(count.dividedRoundingUp(by: layout.elements)) * layout.bytes
  }

  /// Whether it is one of the two types of 16 bits that kernels on a GPU treat alike.
  public var isHalf: Bool { self == .float16 || self == .bfloat16 }

  /// Whether its numbers are truth values where they pick elements of a tensor.
  public var isMask: Bool { self == .bool || self == .uint8 }

  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16, .float8E4M3FN, .float8E4M3FNUZ, .float8E5M2,
      .float8E5M2FNUZ, .float8E8M0, .float6E2M3FN, .float6E3M2FN, .float4E2M1, .float4E2M1x2:
      true
    default: false
    }
  }

  public var isInteger: Bool {
    switch self {
    case .int64, .int32, .int16, .int8, .int4, .int2, .uint64, .uint32, .uint16, .uint8, .uint4,
      .uint2:
      true
    default: false
    }
  }

  public var isComplex: Bool { self == .complex32 || self == .complex64 || self == .complex128 }

  /// Whether elements share a scale that is stored beside them.
  public var isBlockQuantized: Bool { layout.elements >= 32 }
}

extension Int {
  /// The quotient, rounded up; the divisor is positive.
  package func dividedRoundingUp(by divisor: Int) -> Int {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder > 0 ? quotient + 1 : quotient
  }
}
