/// Reads pickles of Python as data: it keeps what they describe and runs none of it.
///
/// Python's own reader calls whatever function a pickle names. This one writes down that it would
/// be called, with which arguments, and goes on; so no file can make it do anything. All opcodes of
/// the protocols 0 to 5 are known, but for buffers that lie outside of the pickle.
///
/// Specification: <https://github.com/python/cpython/blob/main/Lib/pickletools.py>
public struct PickleInterpreter {
  var reader: ByteReader
  var stack: [PickleValue] = []

  /// The heights of the stack at which marks lie.
  var marks: [Int] = []
  var memo = PickleMemo()

  /// What was read so far.
  public private(set) var document = PickleDocument()
  private(set) var position = 0

  /// Makes a reader of the pickle that starts where a reader of bytes stands.
  public init(_ reader: ByteReader) { self.reader = reader }

  /// Limits that no honest file comes near; they keep the memory in bounds.
  enum Limit {
    static let stack = 1_000_000
    static let memo = 4_000_000
    static let objects = 750_000
    static let items = 8_000_000

    /// Longer texts are kept as bytes of the file.
    static let text = 65_536

    /// The longest line of the protocols 0 and 1.
    static let line = 1 << 20
  }

  private var itemCount = 0

  /// Reads up to the end of the pickle.
  public mutating func read() throws(ByteError) -> PickleDocument {
    while true {
      position = reader.offset
      let code = try reader.read(UInt8.self)
      guard let opcode = PickleOpcode(rawValue: code) else {
        throw ByteError(
          .unknownCode(name: "pickle opcode", value: String(code)), at: position)
      }
      if opcode == .stop { break }
      try perform(opcode)
    }
    document.root = try pop()
    document.end = reader.offset
    return document
  }
}

// MARK: The stack

extension PickleInterpreter {
  mutating func push(_ value: PickleValue) throws(ByteError) {
    guard stack.count < Limit.stack else {
      throw ByteError(
        .implausibleSize("more than \(Limit.stack) values on the stack"), at: position)
    }
    stack.append(value)
  }

  mutating func pop() throws(ByteError) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw malformed("a value on the stack", "none")
    }
    return value
  }

  func top() throws(ByteError) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw malformed("a value on the stack", "none")
    }
    return value
  }

  mutating func mark() throws(ByteError) {
    guard marks.count < Limit.stack else {
      throw ByteError(.implausibleSize("more than \(Limit.stack) marks"), at: position)
    }
    marks.append(stack.count)
  }

  /// Takes the values above the last mark, and the mark.
  mutating func popToMark() throws(ByteError) -> ArraySlice<PickleValue> {
    guard let height = marks.popLast() else { throw malformed("a mark on the stack", "none") }
    // A slice of the stack would make it copy itself below.
    let values = Array(stack[height...])
    stack.removeLast(values.count)
    return values[...]
  }

  func malformed(_ expected: String, _ found: String) -> ByteError {
    ByteError(.malformed(expected: expected, found: found), at: position)
  }
}

// MARK: The document

extension PickleInterpreter {
  mutating func pushObject(
    _ kind: PickleObject.Kind, _ items: [PickleValue]
  ) throws(ByteError) {
    guard document.objects.count < Limit.objects else {
      throw ByteError(.implausibleSize("more than \(Limit.objects) objects"), at: position)
    }
    try count(items.count)
    let reference = PickleDocument.Reference(index: Int32(document.objects.count))
    document.objects.append(PickleObject(kind: kind, items: items))
    try push(.object(reference))
  }

  mutating func pushText(_ text: String) throws(ByteError) {
    try count(1)
    document.texts.append(text)
    try push(.text(PickleDocument.Text(index: Int32(document.texts.count - 1))))
  }

  /// Keeps where bytes lie.
  mutating func stretch(_ range: Range<Int>) throws(ByteError) -> PickleDocument.Stretch {
    try count(1)
    document.stretches.append(range)
    return PickleDocument.Stretch(index: Int32(document.stretches.count - 1))
  }

  /// Adds items to the object that lies on top of the stack.
  ///
  /// A call takes them too, for its result may be of a class like that kind.
  mutating func add(
    _ items: ArraySlice<PickleValue>, to kind: PickleObject.Kind
  ) throws(ByteError) {
    try count(items.count)
    guard case .object(let reference) = try top(),
      document[reference].kind == kind || document[reference].kind == .call
    else { throw malformed("an object to add to", "something else") }
    document.objects[Int(reference.index)].items.append(contentsOf: items)
    if kind == .dictionary { document.objects[Int(reference.index)].isMapping = true }
  }

  /// Sets the state of the call on top of the stack; other objects keep what they are.
  mutating func setState(_ state: PickleValue) throws(ByteError) {
    guard case .object(let reference) = try top() else {
      throw malformed("an object to set the state of", "a plain value")
    }
    guard document[reference].kind == .call else { return }
    document.objects[Int(reference.index)].items[PickleObject.Place.state] = state
  }

  private mutating func count(_ items: Int) throws(ByteError) {
    itemCount += items
    guard itemCount <= Limit.items else {
      throw ByteError(.implausibleSize("more than \(Limit.items) values"), at: position)
    }
  }
}
