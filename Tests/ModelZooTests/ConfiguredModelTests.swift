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
    #expect(cases.count > 100)
    for measured in cases {
      let found = Result { () throws -> [String] in
        _ = try model(of: measured).graph?.bind(Bindings(batch: 2))
        return try lines(of: measured)
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
      let found = Set((try? lines(of: measured)) ?? [])
      let expected = Set((measured["lines"]?.elements ?? []).compactMap(\.string))
      let missing = expected.subtracting(found).sorted().prefix(6).map { "- \($0)" }
      let extra = found.subtracting(expected).sorted().prefix(6).map { "+ \($0)" }
      #expect(
        missing.isEmpty && extra.isEmpty,
        "\(title(measured))\n\((missing + extra).joined(separator: "\n"))")
    }
  }

  // MARK: Cases

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
  private func lines(of measured: JSONValue) throws -> [String] {
    let tensors = try model(of: measured).tensors
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
