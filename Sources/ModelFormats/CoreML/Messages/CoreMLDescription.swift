import ByteFormats
import ModelGraph

/// What a model is given and gives.
struct CoreMLDescription {
  var inputs: [Feature] = []
  var outputs: [Feature] = []
  var functionName = ""

  struct Feature {
    var name = ""
    var dataType = DataType.float32

    /// The sizes that the model is made for, or by default; `nil` for what is no array.
    var shape: [Int]?
  }

  init() {}

  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: inputs.append(try Feature(try field.message()))
      case 10: outputs.append(try Feature(try field.message()))
      case 21: functionName = try field.string()
      default: break
      }
    }
  }
}

extension CoreMLDescription.Feature {
  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: name = try field.string()
      case 3: try readType(try field.message())
      default: break
      }
    }
  }

  private mutating func readType(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: (dataType, shape) = (.int64, [])
      case 2: (dataType, shape) = (.float64, [])
      case 4: try readImage(try field.message())
      case 5: try readArray(try field.message())
      default: break
      }
    }
  }

  /// An image, which a network sees as channels, height and width.
  private mutating func readImage(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    var (width, height, colors) = (0, 0, 0)
    while let field = try message.next() {
      switch field.number {
      case 1: width = try field.integer()
      case 2: height = try field.integer()
      case 3: colors = try field.integer()
      default: break
      }
    }
    // Gray is 10, gray of 16 bits 40; RGB and BGR are 20 and 30.
    let isGray = colors == 10 || colors == 40
    let sizes = [1, isGray ? 1 : 3, height, width]
    shape = sizes.isPlausible ? sizes : nil
  }

  private mutating func readArray(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    var sizes: [Int] = []
    while let field = try message.next() {
      switch field.number {
      case 1: _ = try field.append(to: &sizes, atMost: 64)
      case 2: dataType = DataType(coreMLArray: try field.integer())
      default: break
      }
    }
    shape = sizes.isPlausible && !sizes.isEmpty ? sizes : nil
  }
}

extension DataType {
  fileprivate init(coreMLArray code: Int) {
    switch code {
    case 65600: self = .float64
    case 131104: self = .int32
    case 131080: self = .int8
    case 65552: self = .float16
    default: self = .float32
    }
  }
}
