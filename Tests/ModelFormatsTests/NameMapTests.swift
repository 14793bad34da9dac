import ModelGraph
import Testing

@testable import ModelFormats

@Suite struct NameMapTests {
  /// Names of all lengths up to a few words, made of several pieces so that no two share storage.
  private static let names = (0...40).map { count in
    String(repeating: "é", count: count / 8)
      + String("layers.12.weight_of_a_projection_42.more".prefix(count))
  }

  @Test func `a name is found whatever it was made from`() {
    var map: NameMap<Int> = [:]
    for (index, name) in Self.names.enumerated() { map[name] = index }
    for (index, name) in Self.names.enumerated() {
      let part = "<\(name)>".dropFirst().dropLast()
      #expect(map[String(part)] == index)
      #expect(map[String(decoding: Array(name.utf8), as: UTF8.self)] == index)
    }
    #expect(map["layers.12.weight_of_a_projection_43.more"] == nil)
  }

  @Test func `values are changed, taken and given where there are none`() {
    var map: NameMap<[Int]> = [:]
    map["x", default: []].append(1)
    map["x", default: []].append(2)
    map["x"]?.append(3)
    #expect(map["x"] == [1, 2, 3])
    #expect(map.updateValue([], forKey: "x") == [1, 2, 3])
    #expect(map.removeValue(forKey: "x") == [])
    #expect(map["x"] == nil)
    var names: NameSet = []
    #expect(names.insert("x").inserted)
    #expect(!names.insert("x").inserted)
    #expect(names.contains("x") && !names.contains("y"))
  }

  @Test(arguments: [
    ("K", "\u{212A}"), ("\u{E9}", "e\u{301}"), ("a\u{323}\u{307}", "a\u{307}\u{323}"),
    ("\u{212A}KK", "K\u{212A}K"),
  ])
  func `spellings that Unicode holds for the same are two names`(one: String, other: String) {
    #expect(one == other)
    #expect(NameKey(one) != NameKey(other))
    #expect(OperatorName(one) != OperatorName(other))
    #expect(NameKey(one) == NameKey(String(decoding: Array(one.utf8), as: UTF8.self)))
  }

  @Test func `many names in a row fall into different places`() {
    let seed = 42
    let hashes = Set(
      (0..<100_000).map { NameKey("p_blocks_\($0)_weight")._rawHashValue(seed: seed) & 0xFFFFF })
    // Of 100,000 thrown at random into 2^20 places about 95,300 stay apart.
    #expect(hashes.count > 95_000)
  }
}
