import ByteFormats
import ModelGraph

/// The type of a value of an ML program.
struct MILType {
  /// The code of the element type; zero for what is no tensor.
  var code = 0
  var dimensions: [Dimension] = []

  /// Whether the value is memory that outlives a run.
  var isState = false

  /// Nesting of lists, tuples and states.
  private static let maximumDepth = 8

  init() {}

  init(_ message: ProtobufMessage, depth: Int = 0) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: try readTensor(try field.message())
      case 5 where depth < Self.maximumDepth:
        var state = try field.message()
        while let inner = try state.next(), inner.number == 1 {
          self = try MILType(try inner.message(), depth: depth + 1)
          isState = true
        }
      default: break
      }
    }
  }

  private mutating func readTensor(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: code = try field.integer()
      case 3:
        guard dimensions.count < 64 else {
          throw ByteError(.implausibleSize("more than 64 axes"), at: field.offset)
        }
        dimensions.append(try dimension(try field.message()))
      default: break
      }
    }
  }

  private func dimension(_ message: ProtobufMessage) throws(ByteError) -> Dimension {
    var message = message
    var result = Dimension.unknown
    while let field = try message.next() {
      guard field.number == 1 else { continue }
      var constant = try field.message()
      result = .size(0)
      while let size = try constant.next(), size.number == 1 {
        let value = try size.integer()
        result = 0...Shape.maximumElementCount ~= value ? .size(value) : .unknown
      }
    }
    return result
  }
}

extension MILType {
  /// The type of the elements; `nil` for what is no tensor.
  var dataType: DataType? {
    switch code {
    case 1: .bool
    case 2: .string
    case 10: .float16
    case 11: .float32
    case 12: .float64
    case 13: .bfloat16
    case 21: .int8
    case 22: .int16
    case 23: .int32
    case 24: .int64
    case 25: .int4
    case 31: .uint8
    case 32: .uint16
    case 33: .uint32
    case 34: .uint64
    case 35: .uint4
    case 36: .uint2
    // One, three and six bits: only packed in compressed weights, where the bytes are counted apart.
    case 37, 38, 39: .uint8
    case 40: .float8E4M3FN
    case 41: .float8E5M2
    default: nil
    }
  }

  /// The bits of one element as it lies in a file.
  var bitWidth: Int? {
    switch code {
    case 36: 2
    case 37: 1
    case 38: 6
    case 39: 3
    default:
      dataType.map { $0.layout.bytes * 8 / $0.layout.elements }
    }
  }

  /// The sizes, if all are known.
  var shape: Shape? {
    var shape: Shape = []
    for dimension in dimensions {
      guard case .size(let size) = dimension else { return nil }
      shape.append(size)
    }
    return shape.isPlausible ? shape : nil
  }

  var tensorType: TensorType? {
    guard let dataType, let shape else { return nil }
    return TensorType(dataType, shape)
  }

  var declared: DeclaredType? { dataType.map { .tensor($0, AxisSizes(dimensions)) } }

  /// The bytes of all elements, as a file has them.
  var byteCount: Int? {
    guard let bitWidth, let shape else { return nil }
    let (bits, overflow) = shape.elementCount.multipliedReportingOverflow(by: bitWidth)
    return overflow ? nil : bits.dividedRoundingUp(by: 8)
  }
}
