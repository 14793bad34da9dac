import Testing

@testable import ByteFormats

/// Texts that come again must be those that stand there, whatever was read before them.
@Suite struct KnownTextsTests {
  private func read(_ texts: [String]) throws -> [String] {
    let json = "[" + texts.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
    let file = MappedFile(Array(json.utf8), path: "texts.json")
    var scanner = JSONScanner(file)
    var found: [String] = []
    try scanner.beginArray()
    while try scanner.nextElement() { found.append(try scanner.readString()) }
    return found
  }

  /// Every length around those at which texts are told in another way, with one byte different at every place.
  @Test(arguments: [1, 3, 4, 7, 8, 15, 16, 17, 23, 24, 25, 63, 64, 255, 256, 257])
  func `texts that differ in one byte are told apart`(length: Int) throws {
    let plain = String(repeating: "a", count: length)
    let others = (0..<length).map { place in
      String(plain.utf8.enumerated().map { $0.offset == place ? "b" : "a" })
    }
    let texts = ([plain] + others).flatMap { [$0, $0] } + [plain] + others
    #expect(try read(texts) == texts)
  }

  @Test func `more texts than are kept come again unchanged`() throws {
    let names = (0..<6_000).map { "layers.\($0).attention.projection.weight" }
    #expect(try read(names + names.reversed()) == names + names.reversed())
  }

  @Test func `texts of other scripts come again unchanged`() throws {
    let names = ["ключевое слово слоя", "鍵と値の射影の重みの名前", "a much longer name"]
    let texts = names + names + names
    #expect(try read(texts) == texts)
  }
}
