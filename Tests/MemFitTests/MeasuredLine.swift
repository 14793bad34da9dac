import ByteFormats
import MemFit
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What transformers was measured to do with one configuration, and what is said of it here.
protocol MeasuredLine {
  var row: JSONValue { get }

  /// What differs, in words; nothing where all is equal.
  var differences: [String] { get }

  init(_ row: JSONValue)
}

extension MeasuredLine {
  var title: String { row["title"]?.string ?? "" }

  func built() throws -> Model {
    try ModelZoo.model(
      configuredBy: row["config"] ?? .null, name: "case", source: "case", format: "config.json")
  }

  /// Holds every line of a fixture against what is said here.
  static func expectEqual(inFixture name: String) throws {
    let found = try differences(in: TestFiles.fixture(name))
    #expect(found.compared > 100)
    #expect(found.wrong.isEmpty, "\(found.wrong.joined(separator: "\n"))")
  }

  /// Holds every line of a file that a variable of the environment names, if it names one.
  static func expectEqual(inFileNamedBy variable: String) throws {
    guard let path = ProcessInfo.processInfo.environment[variable] else { return }
    let found = try differences(in: path)
    for line in found.wrong { print(line) }
    print("COMPARED \(found.compared) WRONG \(found.wrong.count)")
    #expect(found.wrong.isEmpty)
  }

  private static func differences(
    in path: String
  ) throws -> (compared: Int, wrong: [String]) {
    let text = String(decoding: try TestFiles.bytes(of: path), as: UTF8.self)
    var compared = 0
    var wrong: [String] = []
    for line in text.split(separator: "\n") {
      let measured = Self(try JSONValue(MappedFile(Array(line.utf8), path: path)))
      compared += 1
      let found = measured.differences.prefix(12).map { "\n      \($0)" }
      if !found.isEmpty { wrong.append("WRONG \(measured.title)" + found.joined()) }
    }
    return (compared, wrong)
  }
}
