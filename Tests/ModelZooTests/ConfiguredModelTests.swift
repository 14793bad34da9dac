import ByteFormats
import ModelGraph
import TestSupport
import Testing

@testable import ModelZoo

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Models of configurations against transformers', measured by `Validation/configurations/measure.py`.
///
/// `MEMFIT_CONFIGURATIONS` names a file that its `--full` made, which is compared line by line.
@Suite struct ConfiguredModelTests {
  @Test func `tensors and ties are those that transformers makes, and graphs are built`() throws {
    var wrong: [String] = []
    let cases = try ["configurations.jsonl", "imageConfigurations.jsonl"].flatMap { name in
      try self.cases(TestFiles.fixture(name))
    }
    #expect(cases.count > 700)
    for measured in cases {
      let found = Result { () throws -> [String] in
        let model = try model(of: measured)
        // Graphs of default sizes are large, and say no more than small ones.
        if measured["config"]?.members.count ?? 0 > 2 {
          _ = try model.graph?.bind(Bindings(batch: 2))
        }
        return lines(of: model)
      }
      if digest((try? found.get()) ?? []) != measured["digest"]?.string {
        wrong.append("\(title(measured)): \(reason(found))")
      }
    }
    #expect(wrong.isEmpty, "\(wrong.count) wrong: \(wrong.prefix(20).joined(separator: "\n"))")
  }

  @Test func `every line is as it was measured, where the lines are at hand`() throws {
    let environment = ProcessInfo.processInfo.environment
    guard let path = environment["MEMFIT_CONFIGURATIONS"] else { return }
    for measured in try cases(path) {
      let found = Set((try? lines(of: model(of: measured))) ?? [])
      let expected = Set((measured["lines"]?.elements ?? []).compactMap(\.string))
      let missing = expected.subtracting(found).sorted().prefix(6).map { "- \($0)" }
      let extra = found.subtracting(expected).sorted().prefix(6).map { "+ \($0)" }
      #expect(
        missing.isEmpty && extra.isEmpty,
        "\(title(measured))\n\((missing + extra).joined(separator: "\n"))")
    }
  }

  @Test func `a forward pass multiplies as often as PyTorch counts`() throws {
    let environment = ProcessInfo.processInfo.environment
    let path = environment["MEMFIT_CONFIGURATIONS"] ?? TestFiles.fixture("configurations.jsonl")
    #expect(try countProducts(path) == 505)
  }

  /// Lines that `Validation/configurations/work.py` made; `MEMFIT_WORK` names further ones.
  @Test func `small models of newer types multiply as often as PyTorch counts`() throws {
    #expect(try countProducts(TestFiles.fixture("ConfigurationFile/work.jsonl")) > 50)
    guard let path = ProcessInfo.processInfo.environment["MEMFIT_WORK"] else { return }
    print("COMPARED", try countProducts(path))
  }

  /// Holds the work of every line against what was counted, and says how many could be.
  private func countProducts(_ path: String) throws -> Int {
    var compared = 0
    for measured in try cases(path) {
      guard let expected = measured["work"]?["multiplyAccumulates"]?.integer else { continue }
      do {
        guard let graph = try writtenOut(measured) else { continue }
        #expect(graph.multiplyAccumulates == expected, "\(title(measured))")
        compared += 1
      } catch { Issue.record("\(title(measured)): \(error)") }
    }
    return compared
  }

  /// The graph of a line; `nil` where parts of it are not written out, and so not counted.
  private func writtenOut(_ measured: JSONValue) throws -> Graph? {
    let source = try #require(try model(of: measured).graph)
    let graph = try source.bind(Bindings(sizes: sizes(of: measured))).graph
    let isWhole = graph.nodes.allSatisfy { $0.operatorName.domain != GraphBuilder.opaqueDomain }
    return isWhole ? graph : nil
  }

  @Test func `decoders keep what they do in transformers, of their own tokens and of the source`()
    throws
  {
    var compared = 0
    for measured in try cases(TestFiles.fixture("configurations.jsonl")) {
      guard let expected = measured["cache"] else { continue }
      let sizes = sizes(of: measured)
      let batch = sizes["batch"] ?? 1
      let cache = try #require(try model(of: measured).cache).forSource(sizes)
      let tensors = cache.layers.flatMap(\.tensors)
      let own = tensors.filter { $0.growth == .perToken }.map(\.shape.elementCount)
      let source = tensors.filter { $0.growth != .perToken }
        .map { $0.shape.elementCount * $0.growth.entryCount(ofTokens: 0) }
      #expect(batch * 8 * own.reduce(0, +) == expected["target"]?.integer, "\(title(measured))")
      #expect(batch * source.reduce(0, +) == expected["source"]?.integer, "\(title(measured))")
      compared += 1
    }
    #expect(compared == 24)
  }

  // MARK: Cases

  /// The sizes of the forward pass that was measured.
  private func sizes(of measured: JSONValue) -> [String: Int] {
    var sizes: [String: Int] = [:]
    for member in measured["work"]?["sizes"]?.members ?? [] {
      sizes[member.key] = member.value.integer
    }
    return sizes
  }

  private func cases(_ path: String) throws -> [JSONValue] {
    let text = String(decoding: try TestFiles.bytes(of: path), as: UTF8.self)
    return try text.split(separator: "\n").map { line in
      try JSONValue(MappedFile(Array(line.utf8), path: path))
    }
  }

  private func model(of measured: JSONValue) throws -> Model {
    let document = try #require(measured["config"])
    return try ModelZoo.model(
      configuredBy: document, name: "case", source: "case", format: "config.json")
  }

  /// The lines that the script writes of a model.
  private func lines(of model: Model) -> [String] {
    let tensors = model.tensors
    let named = tensors.map { "\($0.role.rawValue) \($0.name) \($0.type.shape)" }
    let shared = Dictionary(grouping: tensors) { $0.storage }.values.filter { $0.count > 1 }
    return (named + shared.map { "tied " + $0.map(\.name).sorted().joined(separator: " ") })
      .sorted()
  }

  private func title(_ measured: JSONValue) -> String {
    (measured["config"]?.members ?? []).map { "\($0.key): \($0.value)" }.joined(separator: ", ")
  }

  private func reason(_ found: Result<[String], any Error>) -> String {
    switch found {
    case .success: "other tensors"
    case .failure(let error): "\(error)"
    }
  }
}
