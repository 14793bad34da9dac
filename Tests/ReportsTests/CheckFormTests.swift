import Foundation
import ModelGraph
import Reports
import Testing

@Suite struct CheckFormTests {
  private let list = CheckList(
    version: "0.1.0",
    checks: [
      Check(
        version: "0.1.0",
        model: ModelSummary(name: "a<b>", source: "my models/a.onnx", format: "ONNX"),
        limits: [
          .init(
            key: "run.peak.bytes", label: "Peak", unit: .bytes, limit: 10, found: 12, excess: 2),
          .init(
            key: "store.parameters.count", label: "Parameters", unit: .count, limit: 10, found: 9,
            excess: -1),
        ])
    ])

  @Test func `JUnit has a case for each limit and a failure for each exceeded`() throws {
    let text = JUnitForm().write(list)
    let parser = XMLCounter()
    #expect(parser.parse(text))
    #expect(parser.counts == ["testsuites": 1, "testsuite": 1, "testcase": 2, "failure": 1])
    #expect(text.contains("classname=\"memfit.a&lt;b&gt;\" name=\"run.peak.bytes\""))
  }

  @Test func `SARIF has a result for each exceeded limit`() throws {
    let text = SARIFForm().write(list)
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(document["version"] as? String == "2.1.0")
    let runs = try #require(document["runs"] as? [[String: Any]])
    let results = try #require(runs.first?["results"] as? [[String: Any]])
    #expect(results.map { $0["ruleId"] as? String } == ["run.peak.bytes"])
    #expect(text.contains("\"uri\": \"my%20models/a.onnx\""))
    #expect(SARIFForm(budgetPath: "memfit.yml").write(list).contains("\"uri\": \"memfit.yml\""))
  }
}

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Reads XML with the system's own parser and counts elements.
private final class XMLCounter: NSObject, XMLParserDelegate {
  var counts: [String: Int] = [:]

  func parse(_ text: String) -> Bool {
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    return parser.parse()
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) { counts[name, default: 0] += 1 }
}
