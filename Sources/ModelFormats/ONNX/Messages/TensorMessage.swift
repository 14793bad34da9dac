import ByteFormats
import ModelGraph

/// The header of a `TensorProto`: everything but the elements, which are not touched.
struct TensorMessage {
  var name = ""
  var dimensions: [Int] = []

  /// Whether the tensor has more axes than any tensor can have.
  var hasTooManyAxes = false
  var dataTypeCode = 0
  var raw: ByteReader?

  /// The bytes of the elements in typed fields, and how many fields there are.
  var typedByteCount = 0
  var typedFieldCount = 0

  /// The keys and values that say where the elements are stored outside the file.
  var externalEntries: [(key: String, value: String)] = []
  var isExternal = false

  /// Where the message starts in the file, which tells tensors apart.
  let offset: Int
  let message: ProtobufMessage

  /// More axes than NumPy, PyTorch or any runtime allows.
  static let maximumRank = 64

  init(_ message: ProtobufMessage) throws(ByteError) {
    self.message = message
    offset = message.offset
    var message = message
    while let field = try message.next() { try read(field) }
  }

  private mutating func read(_ field: ProtobufField) throws(ByteError) {
    switch field.number {
    case 1:
      let isComplete = try field.append(to: &dimensions, atMost: Self.maximumRank)
      hasTooManyAxes = hasTooManyAxes || !isComplete
    case 2: dataTypeCode = try field.integer()
    case 8: name = try field.string()
    case 9: raw = try field.bytes()
    case 4, 5, 6, 7, 10, 11: try count(field)
    case 13: externalEntries.append(try field.entry())
    case 14: isExternal = try field.integer() == 1
    default: break
    }
  }

  private mutating func count(_ field: ProtobufField) throws(ByteError) {
    typedFieldCount += 1
    switch field.value {
    case .bytes(let reader): typedByteCount += reader.remaining
    case .fixed32: typedByteCount += 4
    case .fixed64: typedByteCount += 8
    case .varint: typedByteCount += 1
    }
  }
}

extension TensorMessage {
  /// Whether the message holds no elements at all, as where weights were taken out of the file.
  var isEmpty: Bool { raw == nil && typedFieldCount == 0 && !isExternal }

  /// The type, or what is wrong with it.
  func type() throws(TensorProblem) -> TensorType {
    guard let dataType = DataType(onnxCode: dataTypeCode) else {
      throw .unknownDataType(dataTypeCode)
    }
    guard !hasTooManyAxes else { throw .tooManyAxes }
    guard dimensions.isPlausible else { throw .implausibleShape(dimensions) }
    return TensorType(dataType, dimensions)
  }

  /// What contradicts the type in the length of the elements, if they are stored in the file.
  func lengthProblem(_ type: TensorType) -> TensorProblem? {
    guard !isExternal, !isEmpty else { return nil }
    let count = type.elementCount
    if type.dataType == .string {
      return typedFieldCount == count
        ? nil : .length(expected: "\(count) texts", found: "\(typedFieldCount)")
    }
    if let raw {
      let expected = type.dataType.rawByteCount(ofElements: count)
      return raw.remaining == expected.value
        ? nil : .length(expected: "\(expected.value) bytes", found: "\(raw.remaining)")
    }
    let plausible = typedByteCounts(type)
    return plausible.contains(typedByteCount)
      ? nil : .length(expected: "\(count) elements", found: "\(typedByteCount) bytes")
  }

  /// The bytes the typed fields may take: integers are written in one to ten bytes each.
  private func typedByteCounts(_ type: TensorType) -> ClosedRange<Int> {
    let count = type.elementCount
    switch type.dataType {
    case .float32: return 4 * count...4 * count
    case .complex64, .float64: return 8 * count...8 * count
    case .complex128: return 16 * count...16 * count
    case .float6E2M3FN, .float6E3M2FN: return count...10 * count
    default:
      let entries = type.dataType.bitWidth < 8 ? type.byteCount.value : count
      return entries...10 * entries
    }
  }
}

/// What is wrong with one tensor of a file, whose other tensors can be read all the same.
enum TensorProblem: Error, Hashable {
  case unknownDataType(Int)
  case tooManyAxes
  case implausibleShape([Int])
  case length(expected: String, found: String)
}

extension TensorProblem: CustomStringConvertible {
  var description: String {
    switch self {
    case .unknownDataType(let code): "has the unknown data type \(code)"
    case .tooManyAxes: "has more than \(TensorMessage.maximumRank) axes"
    case .implausibleShape(let shape): "has the implausible shape \(shape)"
    case .length(let expected, let found): "should hold \(expected), found \(found)"
    }
  }
}

extension ProtobufField {
  /// The two texts of a `StringStringEntryProto`.
  func entry() throws(ByteError) -> (key: String, value: String) {
    var message = try message()
    var entry = (key: "", value: "")
    while let field = try message.next() {
      switch field.number {
      case 1: entry.key = try field.string()
      case 2: entry.value = try field.string()
      default: break
      }
    }
    return entry
  }
}
