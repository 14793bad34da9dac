/// A value read from a pickle of plain data.
public indirect enum Pickled: Hashable, Sendable {
  case none
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case tuple([Pickled])
  case list([Pickled])
  case dictionary([String: Pickled])

  public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var list: [Pickled] { if case .list(let value) = self { value } else { [] } }
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  public subscript(key: String) -> Pickled? {
    if case .dictionary(let members) = self { members[key] } else { nil }
  }
}

/// Reads pickles as `pickletools` describes them, as far as plain data goes.
public struct PickleReader {
  public struct Malformed: Error {
    public var opcode: UInt8
    public var position: Int
  }

  private enum Item {
    case mark
    case value(Pickled)
  }

  private let bytes: [UInt8]
  private var position = 0
  private var stack: [Item] = []
  private var memo: [Int: Pickled] = [:]

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  public static func read(_ bytes: [UInt8]) throws -> Pickled {
    var reader = PickleReader(bytes)
    while try reader.step() {}
    guard reader.position == bytes.count, case .value(let value)? = reader.stack.last,
      reader.stack.count == 1
    else { throw Malformed(opcode: 0, position: reader.position) }
    return value
  }

  /// Runs one opcode; false at the end.
  private mutating func step() throws -> Bool {
    let opcode = try number(1)
    switch Unicode.Scalar(UInt8(opcode)) {
    case "\u{80}": guard try number(1) == 2 else { throw malformed(opcode) }
    case "N": push(.none)
    case "\u{88}": push(.bool(true))
    case "\u{89}": push(.bool(false))
    case "K": push(.integer(try number(1)))
    case "M": push(.integer(try number(2)))
    case "J": push(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
    case "\u{8A}":
      guard try number(1) == 8 else { throw malformed(opcode) }
      push(.integer(try number(8)))
    case "G":
      let bits = UInt64(bitPattern: Int64(try number(8))).byteSwapped
      push(.number(Double(bitPattern: bits)))
    case "X":
      let text = try take(try number(4))
      push(.string(String(decoding: text, as: UTF8.self)))
    case "r": memo[try number(4)] = try top()
    case "j":
      guard let value = memo[try number(4)] else { throw malformed(opcode) }
      push(value)
    case "(": stack.append(.mark)
    case ")": push(.tuple([]))
    case "]": push(.list([]))
    case "}": push(.dictionary([:]))
    case "t": push(.tuple(try popToMark()))
    case "e": try extend(opcode)
    case "u": try update(opcode)
    case ".": return false
    default: throw malformed(opcode)
    }
    return true
  }

  private mutating func extend(_ opcode: Int) throws {
    let elements = try popToMark()
    guard case .value(.list(let list))? = stack.popLast() else { throw malformed(opcode) }
    push(.list(list + elements))
  }

  private mutating func update(_ opcode: Int) throws {
    let elements = try popToMark()
    guard case .value(.dictionary(var members))? = stack.popLast(),
      elements.count.isMultiple(of: 2)
    else { throw malformed(opcode) }
    for index in stride(from: 0, to: elements.count, by: 2) {
      guard let key = elements[index].string else { throw malformed(opcode) }
      members[key] = elements[index + 1]
    }
    push(.dictionary(members))
  }

  private mutating func push(_ value: Pickled) { stack.append(.value(value)) }

  private func top() throws -> Pickled {
    guard case .value(let value)? = stack.last else { throw malformed(0) }
    return value
  }

  private mutating func popToMark() throws -> [Pickled] {
    var values: [Pickled] = []
    while let item = stack.popLast() {
      guard case .value(let value) = item else { return values.reversed() }
      values.append(value)
    }
    throw malformed(0)
  }

  private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else { throw malformed(0) }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// A little-endian number.
  private mutating func number(_ count: Int) throws -> Int {
    try take(count).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private func malformed(_ opcode: Int) -> Malformed {
    Malformed(opcode: UInt8(truncatingIfNeeded: opcode), position: position)
  }
}
