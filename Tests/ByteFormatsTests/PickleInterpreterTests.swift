import ByteFormats
import Testing

@Suite struct PickleInterpreterTests {
  private func read(_ bytes: [UInt8]) throws(ByteError) -> PickleDocument {
    var interpreter = PickleInterpreter(ByteReader(MappedFile(bytes, path: "p.pkl")))
    return try interpreter.read()
  }

  private func read(_ text: String) throws(ByteError) -> PickleDocument {
    try read(Array(text.utf8))
  }

  /// A value in a few letters, deep enough for these tests.
  private func show(_ value: PickleValue, in document: PickleDocument) -> String {
    switch value {
    case .none: return "None"
    case .boolean(let value): return value ? "True" : "False"
    case .integer(let number): return "\(number)"
    case .number(let number): return "\(number)"
    case .text: return "'\(document.text(value) ?? "")'"
    case .wideInteger: return "wide \(document.bytes(value)?.count ?? 0)"
    case .bytes: return "bytes \(document.bytes(value)?.count ?? 0)"
    case .object: break
    }
    if let name = document.globalName(value) { return name }
    let object = document.object(value)
    let inner = (object?.elements ?? []).map { show($0, in: document) }.joined(separator: " ")
    guard let callee = object?.callee, let arguments = object?.arguments, let state = object?.state
    else { return "[\(inner)]" }
    let parts = [callee, arguments, state].map { show($0, in: document) }
    return "call(\(parts.joined(separator: ", ")))[\(inner)]"
  }

  @Test(arguments: [
    // The same values as CPython writes them with the protocols 0 to 5.
    ("I1\n.", "1"), ("I01\n.", "True"), ("I00\n.", "False"), ("L-12L\n.", "-12"),
    ("F1.5\n.", "1.5"), ("S'a\\'b'\np0\n.", "'a'b'"), ("Vcaf\\u00e9\n.", "'café'"), ("N.", "None"),
    ("(lp0\nI1\naI2\na.", "[1 2]"), ("(I1\nI2\nt.", "[1 2]"), ("(dp0\nVa\nI1\ns.", "['a' 1]"),
    ("(Va\nI1\nd.", "['a' 1]"), ("((tp0\nI5\nt.", "[[] 5]"), ("I1\nI2\n0.", "1"),
    ("I1\n2\u{85}.", "[1]"), ("(I1\nI2\n1N.", "None"), ("((0I3\nt.", "[3]"),
    ("c__main__\nC\n(I1\ntR.", "call(__main__.C, [1], None)[]"),
    ("(i__main__\nC\n.", "call(__main__.C, [], None)[]"),
    ("(c__main__\nC\nI4\no.", "call(__main__.C, [4], None)[]"),
    ("c__main__\nC\n)R}b.", "call(__main__.C, [], [])[]"),
    ("c__main__\nC\n)RI1\na.", "call(__main__.C, [], None)[1]"),
    ("Pid\n.", "[]"), ("]q\u{0}h\u{0}a0N.", "None"),
  ])
  func `the opcodes of text pickles mean what Python means`(text: String, expected: String) throws {
    let bytes = text.unicodeScalars.flatMap { scalar -> [UInt8] in
      scalar.value == 0x85 ? [0x85] : Array(String(scalar).utf8)
    }
    let document = try read(bytes)
    #expect(show(document.root, in: document) == expected)
    #expect(document.end == bytes.count)
  }

  @Test(
    arguments: [
      ([0x80, 4, 0x95, 3, 0, 0, 0, 0, 0, 0, 0, 0x4B, 7, 0x2E], "7"),
      ([0x4A, 0xFF, 0xFF, 0xFF, 0xFF, 0x2E], "-1"), ([0x4D, 1, 1, 0x2E], "257"),
      ([0x8A, 0, 0x2E], "0"), ([0x8A, 1, 0xFF, 0x2E], "-1"), ([0x8A, 2, 0xFF, 0, 0x2E], "255"),
      ([0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x2E], "wide 9"),
      ([0x8B, 1, 0, 0, 0, 5, 0x2E], "5"),
      ([0x47, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0x2E], "1.5"),
      ([0x8C, 1, 0x61, 0x94, 0x8C, 1, 0x62, 0x93, 0x2E], "a.b"),
      ([0x8C, 1, 0x61, 0x8C, 1, 0x62, 0x93, 0x29, 0x81, 0x2E], "call(a.b, [], None)[]"),
      ([0x8C, 1, 0x61, 0x8C, 1, 0x62, 0x93, 0x29, 0x7D, 0x92, 0x2E], "call(a.b, [[]], None)[]"),
      ([0x8F, 0x28, 0x4B, 1, 0x4B, 2, 0x90, 0x2E], "[1 2]"), ([0x28, 0x4B, 1, 0x91, 0x2E], "[1]"),
      ([0x88, 0x89, 0x86, 0x2E], "[True False]"), ([0x4E, 0x85, 0x2E], "[None]"),
      ([0x4B, 1, 0x4B, 2, 0x4B, 3, 0x87, 0x2E], "[1 2 3]"),
      ([0x43, 2, 1, 2, 0x2E], "bytes 2"), ([0x96, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0x2E], "bytes 1"),
      ([0x5D, 0x94, 0x28, 0x4B, 1, 0x68, 0, 0x65, 0x30, 0x4E, 0x2E], "None"),
      ([0x82, 5, 0x2E], "copyreg.extension 5"),
    ] as [([UInt8], String)])
  func `the opcodes of binary pickles mean what Python means`(bytes: [UInt8], expected: String)
    throws
  {
    let document = try read(bytes)
    #expect(show(document.root, in: document) == expected)
  }

  @Test(arguments: [
    "", ".", "N", "0.", "R.", "(R.", "a.", "s.", "g5\n.", "e.", "u.", "(u.", "]u.", "b.",
    "cposix\nsystem\nR.", "t.", "Ix\n.", "Fx\n.", "\u{1}.", "p-1\n.", "h\u{5}.", "NNs.", "]Na0b.",
    "(Na.", "N(Ns.",
  ])
  func `what is no pickle is refused`(text: String) {
    #expect(throws: ByteError.self) { try read(text) }
  }

  @Test func `lengths beyond the file are refused before memory is taken`() {
    let lies: [[UInt8]] = [
      [0x58, 0xFF, 0xFF, 0xFF, 0xFF], [0x8B, 0xFF, 0xFF, 0xFF, 0x7F],
      [0x8B, 0xFF, 0xFF, 0xFF, 0xFF],
      [0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x42, 0, 0, 0, 0x40],
      [0x54, 0xFF, 0xFF, 0xFF, 0xFF], [0x95, 0, 0],
    ]
    for bytes in lies { #expect(throws: ByteError.self) { try read(bytes + [0x2E]) } }
  }

  @Test func `what piles up without end is refused`() {
    for opcode in [0x4E, 0x28, 0x5D] as [UInt8] {
      let bytes = [UInt8](repeating: opcode, count: 1_100_000)
      #expect(throws: ByteError.self) { try read(bytes + [0x2E]) }
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a deep stack is not copied for every tuple above it`() throws {
    let below = [UInt8](repeating: 0x4E, count: 100_000)
    let tuples = Array(repeating: [0x28, 0x74, 0x30] as [UInt8], count: 50_000).flatMap(\.self)
    _ = try read([0x28] + below + tuples + [0x6C, 0x2E])
  }

  @Test func `a list may hold itself`() throws {
    let document = try read([0x5D, 0x71, 0, 0x68, 0, 0x61, 0x2E])
    #expect(document.elements(document.root)?.first == document.root)
  }

  @Test func `of equal keys the last one counts`() throws {
    let document = try read("(Va\nI1\nVb\nI2\nVa\nI3\nd.")
    #expect(document.members(document.root)?.map(\.value) == [.integer(3), .integer(2)])
    #expect(document.member("b", of: document.root) == .integer(2))
  }
}
