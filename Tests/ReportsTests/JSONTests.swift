import Foundation
import MemoryAnalysis
import ModelGraph
import Reports
import Testing

@Suite struct JSONTests {
  /// Every key of the contract, each by its path; lists are told by their first element.
  static let contract = [
    "memfit", "model.name", "model.source", "model.format", "model.bindings.batch",
    "graph.nodes", "graph.inputs.0.name", "graph.inputs.0.dataType", "graph.inputs.0.shape",
    "graph.outputs.0.name", "graph.values.0.name", "graph.values.0.dataType",
    "graph.values.0.shape",
    "store.parameters.count", "store.parameters.bytes", "store.parameters.byLayerType.0.type",
    "store.parameters.byLayerType.0.layers", "store.parameters.byLayerType.0.count",
    "store.parameters.byLayerType.0.bytes", "store.state.count", "store.state.bytes",
    "store.tensors.count", "store.tensors.bytes", "store.file.bytes", "store.sizes.0.dataType",
    "store.sizes.0.bytes", "store.layers.0.name", "store.layers.0.type", "store.layers.0.count",
    "store.layers.0.bytes", "store.layers.0.formula",
    "run.runtime", "run.activations.count", "run.activations.bytes", "run.peak.bytes",
    "run.peak.node", "run.peak.live.0.value", "run.peak.live.0.bytes", "run.lecture.activations",
    "run.lecture.peak", "run.lecture.node", "run.arena.bytes", "run.arena.lowerBoundBytes",
    "run.arena.planner", "run.arena.optimal", "run.macs",
    "run.device.name", "run.device.usableBytes", "run.device.fits", "run.device.headroomBytes",
    "diagnostics.0.severity", "diagnostics.0.code", "diagnostics.0.message",
    "diagnostics.0.where",
  ]

  private static func parsed(_ report: Report) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(JSONForm().write(report).utf8))
  }

  private static func value(_ path: String, in document: Any) -> Any? {
    path.split(separator: ".").reduce(document as Any?) { value, key in
      if let index = Int(key) { return (value as? [Any])?.first.flatMap { index == 0 ? $0 : nil } }
      return (value as? [String: Any])?[String(key)]
    }
  }

  @Test func `every key of the contract is there`() throws {
    let document = try Self.parsed(SampleReport.report(details: [.layers, .values]))
    for path in Self.contract {
      let value = Self.value(path, in: document)
      #expect(value != nil && !(value is NSNull), "\(path)")
    }
  }

  @Test func `sections and lists come only when asked for`() throws {
    let document = try Self.parsed(SampleReport.report(sections: [.store]))
    for path in ["run", "graph.values", "store.layers", "explanations"] {
      #expect(Self.value(path, in: document) == nil, "\(path)")
    }
  }

  @Test func `what cannot be known is null and a diagnostic says why`() throws {
    var report = SampleReport.report()
    report.store?.footprint.file = nil
    report.run?.footprint.lecture = nil
    let document = try Self.parsed(report)
    #expect(Self.value("store.file.bytes", in: document) is NSNull)
    #expect(Self.value("run.lecture", in: document) is NSNull)
    let reasons = try #require(Self.value("diagnostics", in: document) as? [[String: Any]])
    let places = reasons.compactMap { $0["where"] as? String }
    #expect(places.contains("store.file.bytes") && places.contains("run.lecture"))
  }

  @Test func `bytes are integers however large`() {
    #expect(JSON.integer(ByteCount.maximum.value).text == "4611686018427387904\n")
    #expect(JSON.integer(.min).text == "-9223372036854775808\n")
  }

  @Test func `any text survives`() throws {
    let text = "\"\\\u{0}\u{1}\u{1F}\u{7F}\n\t\r/漢字🙂\u{2028}e\u{301}\r\n"
    let json: JSON = ["a\"b": .string(text), "empty": [], "none": nil, "object": [:]]
    let parsed = try JSONSerialization.jsonObject(with: Data(json.text.utf8)) as? [String: Any]
    let value = try #require(parsed?["a\"b"] as? String)
    #expect(Array(value.unicodeScalars) == Array(text.unicodeScalars))
    #expect((parsed?["empty"] as? [Any])?.isEmpty == true)
    #expect(parsed?["none"] is NSNull)
  }

  @Test func `numbers that JSON lacks become null`() {
    #expect(JSON.number(.infinity).text == "null\n")
    #expect(JSON.number(0.5).text == "0.5\n")
  }
}
