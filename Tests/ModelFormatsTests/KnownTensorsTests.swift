import ByteFormats
import Testing

@testable import ModelFormats

/// A description that was read before stands for another only if every byte of it is the same.
@Suite struct KnownTensorsTests {
  private static let text = """
    {"dtype": 7, "sizes": [{"as_int": 64}, {"as_int": 3}, {"as_int": 7}, {"as_int": 7}], \
    "requires_grad": true, "device": {"type": "cpu", "index": null}, \
    "strides": [{"as_int": 147}, {"as_int": 49}, {"as_int": 7}, {"as_int": 1}], \
    "storage_offset": {"as_int": 0}, "layout": 7}
    """

  private func scanner(_ texts: [String]) -> JSONScanner {
    let text = "[" + texts.joined(separator: ", ") + "]"
    return JSONScanner(MappedFile(Array(text.utf8), path: "tensors.json"))
  }

  /// The tensors as they are read one by one, and as those are that were read before.
  private func read(_ texts: [String]) throws -> (plain: [ExportedTensor], known: [ExportedTensor])
  {
    var (plain, known) = ([ExportedTensor](), [ExportedTensor]())
    var (one, other, described) = (scanner(texts), scanner(texts), KnownTensors())
    var hints: [String: Int] = [:]
    try one.beginArray()
    while try one.nextElement() { plain.append(try one.readTensor(hints: &hints)) }
    try other.beginArray()
    while try other.nextElement() {
      known.append(try described.read(&other, hints: &hints))
    }
    try other.finish()
    return (plain, known)
  }

  @Test(arguments: [
    (#""dtype": 7"#, #""dtype": 6"#), (#""as_int": 64"#, #""as_int": 65"#), ("true", "false"),
    (#""cpu""#, #""meta""#), (#""as_int": 147"#, #""as_int": 148"#),
    (#"{"as_int": 0}"#, #"{"as_int": 5}"#), (#""layout": 7"#, #""layout": 8"#),
    (#"{"as_int": 3}"#, #"{"as_expr": {"expr_str": "Symbol('s0')", "hint": {"as_int": 2}}}"#),
  ])
  func `descriptions that differ anywhere are told apart`(old: String, new: String) throws {
    let other = Self.text.replacing(old, with: new)
    #expect(other != Self.text)
    let texts = [Self.text, Self.text, other, other, Self.text, other]
    let (plain, known) = try read(texts)
    #expect(known == plain)
    #expect(known.count == texts.count)
  }

  @Test func `a description that is cut short is refused however often it was read`() throws {
    let whole = Self.text + ", " + Self.text
    for length in [1, 95, 96, 97, 200, Self.text.utf8.count - 1] {
      let cut = String(whole.prefix(Self.text.utf8.count + 2 + length))
      var (cutScanner, described, hints) = (scanner([cut]), KnownTensors(), [String: Int]())
      try cutScanner.beginArray()
      #expect(try cutScanner.nextElement())
      _ = try described.read(&cutScanner, hints: &hints)
      #expect(try cutScanner.nextElement())
      #expect(throws: ByteError.self) { try described.read(&cutScanner, hints: &hints) }
    }
  }
}
