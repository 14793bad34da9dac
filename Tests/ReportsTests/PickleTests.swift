import Reports
import TestSupport
import Testing

@Suite struct PickleTests {
  @Test(arguments: [0, 1, 255, 256, 65_535, 65_536, -1, -40_000, 1 << 31, -(1 << 40), .max, .min])
  func `integers of every length come back`(number: Int) throws {
    #expect(try PickleReader.read(PickleWriter.bytes(of: .integer(number))) == .integer(number))
  }

  @Test func `plain data comes back`() throws {
    let value: PickleValue = [
      "nothing": .none, "yes": true, "no": false, "pair": .tuple([1, "two"]), "unit": .tuple([]),
      "share": .number(0.8), "empty": [], "words": ["größe", "größe", ""],
    ]
    let expected = Pickled.dictionary([
      "nothing": .none, "yes": .bool(true), "no": .bool(false),
      "pair": .tuple([.integer(1), .string("two")]), "unit": .tuple([]), "share": .number(0.8),
      "empty": .list([]), "words": .list([.string("größe"), .string("größe"), .string("")]),
    ])
    #expect(try PickleReader.read(PickleWriter.bytes(of: value)) == expected)
  }

  @Test func `long lists are written in parts`() throws {
    let numbers = (0..<2500).map { $0 * 1000 }
    let bytes = PickleWriter.bytes(of: .list(numbers.map { .integer($0) }))
    #expect(try PickleReader.read(bytes).list.compactMap(\.integer) == numbers)
  }

  @Test func `shared values are written once`() throws {
    let frame = PickleValue.shared(key: 7, ["name": "forward", "line": 1])
    let one = PickleWriter.bytes(of: [frame])
    let many = PickleWriter.bytes(of: .list(Array(repeating: frame, count: 100)))
    #expect(many.count - one.count == 99 * 5)
    #expect(Set(try PickleReader.read(many).list).count == 1)
  }

  /// Python's own: `pickle.dumps({"a": [1, -1]}, 2)` holds these opcodes besides its memo.
  @Test func `the opcodes are those of protocol 2`() {
    let bytes = PickleWriter.bytes(of: ["a": [1, -1]])
    let expected: [UInt8] =
      [0x80, 2] + Array("}(X".utf8) + [1, 0, 0, 0] + Array("ar".utf8) + [0, 0, 0, 0]
      + Array("](K".utf8) + [1] + Array("J".utf8) + [255, 255, 255, 255] + Array("eu.".utf8)
    #expect(bytes == expected)
  }
}
