import ByteFormats
import ModelGraph

extension TensorMessage {
  /// The elements, read out of the file; `nil` if they are not there or neither numbers nor texts.
  ///
  /// The caller has checked that their length suits the type.
  func contents(_ type: TensorType) throws(ByteError) -> TensorValue? {
    guard !isExternal, !type.dataType.isComplex, !isEmpty || type.elementCount == 0 else {
      return nil
    }
    if type.dataType == .string { return TensorValue(type, .strings(try texts())) }
    if let raw { return TensorValue(type, codes: try Self.codes(raw, type)) }
    let codes = try typedCodes(type)
    return codes.count == type.elementCount ? TensorValue(type, codes: codes) : nil
  }

  private func texts() throws(ByteError) -> [String] {
    var texts: [String] = []
    var message = message
    while let field = try message.next() {
      if field.number == 6 { texts.append(try field.string()) }
    }
    return texts
  }

  /// The bit patterns of the elements in `raw_data`: a stream of bits, the least significant first.
  private static func codes(_ raw: ByteReader, _ type: TensorType) throws(ByteError) -> [UInt64] {
    var raw = raw
    return unpack(try raw.readBytes(byteCount: raw.remaining), type)
  }

  private static func unpack(_ bytes: [UInt8], _ type: TensorType) -> [UInt64] {
    let width = type.dataType.bitWidth
    let count = min(type.elementCount, bytes.count * 8 / width)
    return (0..<count).map { index in
      let firstBit = index * width
      let bytesOfElement = bytes[firstBit / 8...(firstBit + width - 1) / 8]
      let window = bytesOfElement.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return window >> UInt64(firstBit % 8) & UInt64.max >> UInt64(64 - width)
    }
  }

  /// The bit patterns of the elements in the typed fields.
  private func typedCodes(_ type: TensorType) throws(ByteError) -> [UInt64] {
    var codes: [UInt64] = []
    codes.reserveCapacity(min(type.elementCount, typedByteCount))
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 4, 5, 7, 10, 11: try field.appendCodes(to: &codes)
      default: break
      }
    }
    guard type.dataType.bitWidth < 8, type.dataType.bitWidth != 6 else { return codes }
    // Two or four elements share a byte, and each byte is written as an integer of its own.
    return Self.unpack(codes.map { UInt8(truncatingIfNeeded: $0) }, type)
  }
}

extension ProtobufField {
  /// Appends the bit patterns of a repeated number field, packed or one by one.
  fileprivate func appendCodes(to codes: inout [UInt64]) throws(ByteError) {
    switch value {
    case .varint(let bits): codes.append(bits)
    case .fixed32(let bits): codes.append(UInt64(bits))
    case .fixed64(let bits): codes.append(bits)
    case .bytes(var reader):
      while !reader.isAtEnd {
        switch number {
        case 4: codes.append(UInt64(try reader.read(UInt32.self)))
        case 10: codes.append(try reader.read())
        default: codes.append(try reader.readVarint())
        }
      }
    }
  }
}

extension TensorValue {
  /// Makes a value of the bit patterns of its elements; excess high bits are ignored.
  fileprivate init?(_ type: TensorType, codes: [UInt64]) {
    let width = UInt64(type.dataType.bitWidth)
    if let small = SmallFloat(type.dataType) {
      self.init(type, .floats(codes.map(small.number)))
      return
    }
    switch type.dataType {
    case .float32:
      self.init(
        type, .floats(codes.map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) }))
    case .float64: self.init(type, .floats(codes.map(Double.init(bitPattern:))))
    case .float8E8M0FNU: self.init(type, .floats(codes.map(Self.powerOfTwo)))
    case .bool: self.init(type, .integers(codes.map { $0 == 0 ? 0 : 1 }))
    case .int64, .int32, .int16, .int8, .int4, .int2:
      let shift = 64 - width
      self.init(
        type,
        .integers(codes.map { Int(truncatingIfNeeded: Int64(bitPattern: $0 << shift) >> shift) }))
    default:
      let mask = UInt64.max >> (64 - width)
      self.init(type, .integers(codes.map { Int(truncatingIfNeeded: $0 & mask) }))
    }
  }

  /// The number of an exponent without sign or mantissa; the code of all bits set is none.
  private static func powerOfTwo(_ code: UInt64) -> Double {
    let code = code & 0xFF
    return code == 0xFF ? .nan : Double(sign: .plus, exponent: Int(code) - 127, significand: 1)
  }
}
