import ByteFormats
import TestSupport
import Testing

@Suite struct YAMLTests {
  private func read(_ text: String) throws(ByteError) -> JSONValue {
    try YAML.read(MappedFile(Array(text.utf8), path: "a.yml"))
  }

  @Test func `mappings and lists nest by indentation`() throws {
    let document = try read(
      """
      ---
      # what is checked
      checks:
        - model: "a b.onnx"   # quoted
          limits:
            run.peak.bytes: 16MB
        - model: c.onnx
          set:
          - batch=1
          - sequence=2
      plain: a:b#c
      """)
    let checks = document["checks"]?.elements ?? []
    #expect(checks.map { $0["model"]?.string } == ["a b.onnx", "c.onnx"])
    #expect(checks.first?["limits"]?["run.peak.bytes"]?.string == "16MB")
    #expect(checks.last?["set"]?.elements.map(\.string) == ["batch=1", "sequence=2"])
    #expect(document["plain"]?.string == "a:b#c")
  }

  /// What PyYAML reads of the same texts, scalars as strings.
  @Test(
    arguments: [
      ("a: 1", "{a:1}"), ("- a\n- b", "[a,b]"), ("a:\n  b: c\n  d:\n    - e", "{a:{b:c,d:[e]}}"),
      ("- - a\n  - b\n- c", "[[a,b],c]"), ("- a: 1\n  b: 2\n- a: 3", "[{a:1,b:2},{a:3}]"),
      ("a:\nb: x", "{a:~,b:x}"), ("-\n  a: 1", "[{a:1}]"), ("'k: x': v", "{k: x:v}"), ("", "~"),
      ("a: 'it # is'", "{a:it # is}"), ("a: x # c\r\nb: y\r\n", "{a:x,b:y}"),
    ])
  func `a document is read as its structure says`(text: String, expected: String) throws {
    #expect(try read(text).sketch == expected)
  }

  @Test(
    arguments: [
      "a: [1, 2]", "a: &x 1", "a: *x", "a: |\n  b", "a: 1\n  b: 2", "a", "\ta: 1", "a: 1\na: 2",
      "a: \"x\\n\"", "- a\nb: 1", "a: 'x", "%YAML 1.2",
    ])
  func `what is beyond the subset is refused with its line`(text: String) {
    #expect(throws: ByteError.self) { try read(text) }
  }

  @Test func `nesting has an end`() {
    let deep = (0..<1000).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
    #expect(throws: ByteError.self) { try read(deep) }
    #expect(throws: ByteError.self) { try read(String(repeating: "- ", count: 5000) + "a") }
  }
}

extension JSONValue {
  fileprivate var sketch: String {
    switch self {
    case .null: "~"
    case .string(let text): text
    case .array(let elements): "[\(elements.map(\.sketch).joined(separator: ","))]"
    case .object(let members):
      "{\(members.map { "\($0.key):\($0.value.sketch)" }.joined(separator: ","))}"
    case .boolean, .number: "?"
    }
  }
}
