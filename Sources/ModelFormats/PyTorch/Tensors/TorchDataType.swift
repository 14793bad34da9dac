import ModelGraph

extension DataType {
  /// Makes the type from the name of a PyTorch type, such as `float32` or `float`.
  init?(torchName name: some StringProtocol) {
    guard let type = Self.torchTypes[String(name)] else { return nil }
    self = type
  }

  /// Makes the type from the name of a PyTorch class of storages, such as `FloatStorage`.
  init?(storageClass name: some StringProtocol) {
    guard let type = Self.storageTypes[String(name)] else { return nil }
    self = type
  }

  /// Makes the type from the name of a NumPy type, such as `f4` or `<f4`, or of `ml_dtypes`.
  init?(arrayCode code: some StringProtocol) {
    let plain = code.drop { "<>=|".contains($0) }
    guard let type = Self.arrayTypes[String(plain)] ?? Self.torchTypes[String(plain)] else {
      return nil
    }
    self = type
  }

  /// Types under PyTorch's names, where those of less than a byte that are not packed take a byte.
  private static let torchTypes: [String: DataType] = [
    "float64": .float64, "double": .float64, "float32": .float32, "float": .float32,
    "float16": .float16, "half": .float16, "bfloat16": .bfloat16,
    "float8_e4m3fn": .float8E4M3FN, "float8_e4m3fnuz": .float8E4M3FNUZ,
    "float8_e5m2": .float8E5M2, "float8_e5m2fnuz": .float8E5M2FNUZ,
    "float8_e8m0fnu": .float8E8M0, "float4_e2m1fn_x2": .float4E2M1x2,
    "complex128": .complex128, "cdouble": .complex128, "complex64": .complex64,
    "cfloat": .complex64, "complex32": .complex32, "chalf": .complex32, "bcomplex32": .complex32,
    "int64": .int64, "long": .int64, "int32": .int32, "int": .int32, "int16": .int16,
    "short": .int16, "int8": .int8, "uint64": .uint64, "uint32": .uint32, "uint16": .uint16,
    "uint8": .uint8, "bool": .bool,
    "qint8": .int8, "quint8": .uint8, "qint32": .int32, "quint4x2": .uint4, "quint2x4": .uint2,
    "bits8": .uint8, "bits16": .uint16, "bits1x8": .uint8, "bits2x4": .uint8, "bits4x2": .uint8,
    "int1": .int8, "int2": .int8, "int3": .int8, "int4": .int8, "int5": .int8, "int6": .int8,
    "int7": .int8, "uint1": .uint8, "uint2": .uint8, "uint3": .uint8, "uint4": .uint8,
    "uint5": .uint8, "uint6": .uint8, "uint7": .uint8,
  ]

  private static let storageTypes: [String: DataType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    "ComplexDoubleStorage": .complex128, "ComplexFloatStorage": .complex64,
    "ComplexHalfStorage": .complex32, "QInt8Storage": .int8, "QUInt8Storage": .uint8,
    "QInt32Storage": .int32, "QUInt4x2Storage": .uint4, "QUInt2x4Storage": .uint2,
    "UntypedStorage": .uint8,
  ]

  private static let arrayTypes: [String: DataType] = [
    "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16,
    "i1": .int8, "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .bool,
    "?": .bool, "c8": .complex64, "c16": .complex128, "float8_e8m0fnu": .float8E8M0,
    "float4_e2m1fn": .uint8,
  ]
}
