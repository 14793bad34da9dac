import ByteFormats
import Testing

@Suite struct JSONKeysTests {
  enum Key: String, JSONKey {
    case name, size
    case needsGradient = "requires_grad"
    case isRegion = "is_hop_single_tensor_return"
    case n
    static let names = JSONKeyNames(of: Key.self)
  }

  /// The known keys of an object of integers with what they say; `nil` for other keys.
  private func read(_ text: String) throws -> [(key: Key?, value: Int)] {
    var scanner = JSONScanner(MappedFile(Array(text.utf8), path: "test.json"))
    var (expected, found) = (0, [(key: Key?, value: Int)]())
    try scanner.beginObject()
    while let place = try scanner.nextKey(of: Key.names, expecting: &expected) {
      let key = place < Key.names.count ? Key.allCases[place] : nil
      found.append((key, try scanner.readInteger()))
    }
    try scanner.finish()
    return found
  }

  @Test(arguments: [
    (
      #"{"name": 1, "size": 2, "requires_grad": 3}"#, [Key.name, .size, .needsGradient], [1, 2, 3]
    ),
    (#"{"size": 2, "name": 1, "size": 3}"#, [.size, .name, .size], [2, 1, 3]),
    (#"{"size":2,"name" : 1}"#, [.size, .name], [2, 1]),
    (#"{"nam": 1, "names": 2, "name": 3, "Name": 4}"#, [nil, nil, .name, nil], [1, 2, 3, 4]),
    (#"{"n\u0061me": 1, "requires\u005fgrad": 2}"#, [.name, .needsGradient], [1, 2]),
    (#"{}"#, [], []),
    (#"{"n": 1}"#, [.n], [1]),
    (#"{"n": 1, "m": 2, "n":3}"#, [.n, nil, .n], [1, 2, 3]),
    (
      #"{"is_hop_single_tensor_return": 1, "is_hop_sinGle_tensor_return": 2, "requires_gr_d": 3}"#,
      [.isRegion, nil, nil], [1, 2, 3]
    ),
  ])
  func `keys are told however they are written`(text: String, keys: [Key?], values: [Int]) throws {
    let found = try read(text)
    #expect(found.map(\.key) == keys)
    #expect(found.map(\.value) == values)
  }

  @Test(arguments: [
    #"{"name": 1 "size": 2}"#, #"{"name": 1,, "size": 2}"#, #"{"name": 1"#, #"{"name": "#,
    #"{"name"#,
    #"{"name" 1}"#, #"{1: 1}"#, #"{"name": 01}"#, #"{"name": 1x}"#, #"{"name": 1e}"#,
    #"{"name": }"#,
  ])
  func `what is no object is refused`(text: String) {
    #expect(throws: ByteError.self) { try read(text) }
  }

  @Test(arguments: [
    ("0", 0), ("7", 7), ("-7", -7), ("123456789012345678", 123_456_789_012_345_678),
    ("9223372036854775807", .max), ("-9223372036854775808", .min),
  ])
  func `sizes of any length are read`(text: String, value: Int) throws {
    for text in [
      "{\"size\": \(text)}", "{\"size\":\(text) }", "{\"size\": \(text),\"name\":\(text)}",
    ] {
      #expect(try read(text).allSatisfy { $0.value == value })
    }
  }

  @Test(arguments: ["1.0", "1e3", "9223372036854775808", "00"])
  func `a size is a whole number`(text: String) {
    #expect(throws: ByteError.self) { try read("{\"size\": \(text)}") }
  }
}
