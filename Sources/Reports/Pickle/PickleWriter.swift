/// Writes plain data in protocol 2 of Python's pickle, which every Python 3 and memory_viz read.
///
/// The opcodes are those of <https://github.com/python/cpython/blob/main/Lib/pickletools.py>. Nothing
/// is written that a reader would have to call or import.
public struct PickleWriter {
  private var bytes: [UInt8] = [0x80, 2]

  /// The memo's number of each string, and of each shared value.
  private var strings: [String: Int] = [:]
  private var shared: [Int: Int] = [:]

  private init() {}

  /// The bytes of a pickle of one value.
  public static func bytes(of value: PickleValue) -> [UInt8] {
    var writer = PickleWriter()
    writer.write(value)
    writer.emit(".")
    return writer.bytes
  }

  private mutating func write(_ value: PickleValue) {
    switch value {
    case .none: emit("N")
    case .bool(let flag): bytes += [0x80 + (flag ? 8 : 9)]
    case .integer(let number): write(number)
    case .number(let number):
      emit("G")
      append(number.bitPattern.byteSwapped)
    case .string(let text): write(text)
    case .tuple(let elements): write(tuple: elements)
    case .list(let elements):
      emit("]")
      write(elements, closedBy: "e") { writer, element in writer.write(element) }
    case .dictionary(let members):
      emit("}")
      write(members, closedBy: "u") { writer, member in
        writer.write(member.key)
        writer.write(member.value)
      }
    case .shared(let key, let value): write(value, sharedAs: key)
    }
  }

  /// Integers of 1, 2 and 4 bytes have opcodes of their own; the others are `LONG1`.
  private mutating func write(_ number: Int) {
    if let byte = UInt8(exactly: number) {
      emit("K")
      append(byte)
    } else if let short = UInt16(exactly: number) {
      emit("M")
      append(short)
    } else if let word = Int32(exactly: number) {
      emit("J")
      append(word)
    } else {
      bytes += [0x8A, 8]
      append(Int64(number))
    }
  }

  private mutating func write(_ text: String) {
    if let place = strings[text] { return recall(place) }
    emit("X")
    append(UInt32(truncatingIfNeeded: text.utf8.count))
    bytes += text.utf8
    strings[text] = memoize()
  }

  private mutating func write(tuple elements: [PickleValue]) {
    guard !elements.isEmpty else { return emit(")") }
    emit("(")
    for element in elements { write(element) }
    emit("t")
  }

  private mutating func write(_ value: PickleValue, sharedAs key: Int) {
    if let place = shared[key] { return recall(place) }
    write(value)
    shared[key] = memoize()
  }

  /// Adds elements to the list or dictionary on the stack, as many at a time as Python itself does.
  private mutating func write<Element>(
    _ elements: [Element], closedBy opcode: Unicode.Scalar,
    _ writeElement: (inout PickleWriter, Element) -> Void
  ) {
    for start in stride(from: 0, to: elements.count, by: 1000) {
      emit("(")
      for element in elements[start..<min(start + 1000, elements.count)] {
        writeElement(&self, element)
      }
      emit(opcode)
    }
  }

  private mutating func memoize() -> Int {
    let place = strings.count + shared.count
    emit("r")
    append(UInt32(truncatingIfNeeded: place))
    return place
  }

  private mutating func recall(_ place: Int) {
    emit("j")
    append(UInt32(truncatingIfNeeded: place))
  }

  private mutating func emit(_ opcode: Unicode.Scalar) {
    bytes.append(UInt8(truncatingIfNeeded: opcode.value))
  }

  private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }
}
