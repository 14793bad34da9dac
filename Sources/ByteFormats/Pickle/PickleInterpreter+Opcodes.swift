extension PickleInterpreter {
  /// Performs one opcode, each group of them in its function.
  mutating func perform(_ opcode: PickleOpcode) throws(ByteError) {
    switch opcode {
    case .stop: break
    case .proto: try readProtocol()
    // A frame only says how much to read ahead.
    case .frame: try reader.skip(byteCount: 8)
    case .mark: try mark()
    case .pop: try dropTop()
    case .popMark: _ = try popToMark()
    case .duplicate: try push(try top())

    case .none: try push(.none)
    case .newTrue: try push(.boolean(true))
    case .newFalse: try push(.boolean(false))
    case .integer, .long: try pushInteger(ofLine: try readLine())
    case .binaryInteger: try push(.integer(Int(try reader.read(Int32.self))))
    case .binaryInteger1: try push(.integer(Int(try reader.read(UInt8.self))))
    case .binaryInteger2: try push(.integer(Int(try reader.read(UInt16.self))))
    case .long1: try pushLong(byteCount: Int(try reader.read(UInt8.self)))
    case .long4: try pushLong(byteCount: try readCount32())
    case .float: try pushNumber(ofLine: try readLine())
    case .binaryFloat:
      try push(.number(Double(bitPattern: try reader.read(UInt64.self).byteSwapped)))

    case .string: try pushText(Self.unquoted(try readLine()))
    case .unicode: try pushText(Self.unescaped(try readLine()))
    case .binaryString: try pushText(byteCount: try readCount32())
    case .shortBinaryString: try pushText(byteCount: Int(try reader.read(UInt8.self)))
    case .binaryUnicode: try pushText(byteCount: Int(try reader.read(UInt32.self)))
    case .shortBinaryUnicode: try pushText(byteCount: Int(try reader.read(UInt8.self)))
    case .binaryUnicode8: try pushText(byteCount: try reader.readLength(.eightBytes, .little))
    case .binaryBytes: try pushBytes(byteCount: Int(try reader.read(UInt32.self)))
    case .shortBinaryBytes: try pushBytes(byteCount: Int(try reader.read(UInt8.self)))
    case .binaryBytes8, .byteArray8:
      try pushBytes(byteCount: try reader.readLength(.eightBytes, .little))
    case .nextBuffer, .readOnlyBuffer:
      throw malformed("the bytes in the pickle", "a buffer outside of it")

    case .emptyList, .emptyTuple, .emptyDictionary, .emptySet, .list, .tuple, .dictionary,
      .frozenSet, .tuple1, .tuple2, .tuple3, .append, .appends, .addItems, .setItem, .setItems:
      try performContainer(opcode)
    case .global, .stackGlobal, .extension1, .extension2, .extension4, .reduce, .newObject,
      .newObjectExtended, .instance, .object, .build, .persistentID, .binaryPersistentID:
      try performObject(opcode)
    case .get, .binaryGet, .longBinaryGet, .put, .binaryPut, .longBinaryPut, .memoize:
      try performMemo(opcode)
    }
  }

  private mutating func readProtocol() throws(ByteError) {
    let version = try reader.read(UInt8.self)
    guard version <= 5 else {
      throw ByteError(.unknownCode(name: "pickle protocol", value: "\(version)"), at: position)
    }
  }

  /// Takes off a value, or a mark that lies on top.
  private mutating func dropTop() throws(ByteError) {
    if let height = marks.last, height == stack.count {
      marks.removeLast()
    } else {
      _ = try pop()
    }
  }

  private mutating func performMemo(_ opcode: PickleOpcode) throws(ByteError) {
    switch opcode {
    case .get: try recall(try readNumber())
    case .binaryGet: try recall(Int(try reader.read(UInt8.self)))
    case .longBinaryGet: try recall(Int(try reader.read(UInt32.self)))
    case .put: try memorize(try readNumber())
    case .binaryPut: try memorize(Int(try reader.read(UInt8.self)))
    case .longBinaryPut: try memorize(Int(try reader.read(UInt32.self)))
    default: try memorize(memo.count)
    }
  }

  private mutating func recall(_ number: Int) throws(ByteError) {
    guard let value = memo[number] else { throw malformed("value \(number) of the memo", "none") }
    try push(value)
  }

  private mutating func memorize(_ number: Int) throws(ByteError) {
    guard memo.count < Limit.memo else {
      throw ByteError(.implausibleSize("more than \(Limit.memo) values in the memo"), at: position)
    }
    memo[number] = try top()
  }

  private mutating func readNumber() throws(ByteError) -> Int {
    let line = try readLine()
    guard let number = Int(line), number >= 0 else {
      throw malformed("the number of a value in the memo", "something else")
    }
    return number
  }
}
