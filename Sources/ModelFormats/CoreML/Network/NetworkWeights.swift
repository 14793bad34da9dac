import ByteFormats
import ModelGraph

/// The numbers of one weight of a layer: how many they are and the bytes they take.
///
/// <https://apple.github.io/coremltools/mlmodel/Format/NeuralNetwork.html#weightparams>
struct NetworkWeights {
  private(set) var dataType = DataType.float32

  /// The elements, if they can be told without the layer: of those that are packed in bits, only about.
  private(set) var elementCount = 0
  private(set) var byteCount = 0

  /// The bits of one packed element.
  private(set) var bitWidth: Int?

  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    var packedByteCount = 0
    while let field = try message.next() {
      switch field.number {
      case 1: add(try Self.floatCount(field), 4, .float32)
      case 2: add(try field.bytes().remaining / 2, 2, .float16)
      case 30, 31:
        packedByteCount += try field.bytes().remaining
        dataType = .int8
      case 40: try readQuantization(try field.message())
      default: break
      }
    }
    guard packedByteCount > 0 else { return }
    byteCount += packedByteCount
    let (bits, overflow) = packedByteCount.multipliedReportingOverflow(by: 8)
    elementCount = overflow ? 0 : bits / (bitWidth ?? 8)
  }

  private mutating func add(_ count: Int, _ width: Int, _ type: DataType) {
    elementCount += count
    byteCount += count * width
    dataType = type
  }

  private mutating func readQuantization(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1:
        let width = try field.integer()
        guard 1...8 ~= width else {
          throw ByteError(.implausibleSize("\(width) bits of an element"), at: field.offset)
        }
        bitWidth = width
      case 101, 102:
        var numbers = try field.message()
        // Scales, offsets and palettes are numbers of four bytes.
        while let number = try numbers.next() { byteCount += 4 * (try Self.floatCount(number)) }
      default: break
      }
    }
  }

  private static func floatCount(_ field: ProtobufField) throws(ByteError) -> Int {
    guard case .bytes(let reader) = field.value else { return 1 }
    return reader.remaining / 4
  }
}

extension NetworkWeights {
  /// The tensor of the weight, in the shape that the layer gives it if that fits.
  func tensor(named name: String, shape: Shape?, storage: Int) -> Tensor? {
    guard byteCount > 0 else { return nil }
    let fits = shape.map { $0.isPlausible && covers($0.elementCount) } ?? false
    let type = TensorType(
      bitWidth == nil ? dataType : .float32, fits ? shape ?? [] : [elementCount])
    let held = Tensor.Content(elementCount: type.elementCount, byteCount: ByteCount(byteCount))
    return Tensor(
      name: name, type: type, role: .parameter, storage: storage,
      held: held.byteCount == type.byteCount ? nil : held)
  }

  /// Whether a number of elements is what is stored, the last packed byte filled up.
  private func covers(_ count: Int) -> Bool {
    guard let bitWidth else { return count == elementCount }
    return count <= elementCount && elementCount - count < 8 / min(8, bitWidth) + 1
  }
}
