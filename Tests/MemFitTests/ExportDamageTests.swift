import ByteFormats
import MemFit
@testable import MemoryAnalysis
import ModelFormats
import ModelGraph
import TestSupport
import Testing

/// Damaged exports: whatever the damage, reading, binding, running and training end without a trap.
///
/// A part of the damages is tried; `MEMFIT_SLOW_TESTS` tries all.
@Suite struct ExportDamageTests {
  private static let names = [
    "tiny", "tied", "residual", "residual_train", "dynamic", "branch", "joint", "recurrent",
    "normed", "vector",
  ]

  private static func bytes(_ name: String) throws -> [UInt8] {
    try TestFiles.bytes(of: TestFiles.fixture("TorchExport/\(name).pt2"))
  }

  /// Every archive of the fixtures, and the hostile ones where the corpus is present.
  private static func archives() throws -> [(name: String, bytes: [UInt8])] {
    let own = try names.map { ($0, try bytes($0)) }
    guard let corpus = TestFiles.corpus else { return own }
    let hostile = [
      "dtype_99", "model_json_broken", "model_json_missing", "ok_reference", "schema_major_99",
      "unknown_op", "weight_missing", "weight_short",
    ]
    return own
      + (try hostile.map { ($0, try TestFiles.bytes(of: "\(corpus)/hostile/pt2/\($0).pt2")) })
  }

  @Test func `an archive cut anywhere is refused with a reason`() throws {
    let step = TestFiles.runsSlowTests ? 1 : 997
    for (name, bytes) in try Self.archives() {
      for length in stride(from: 0, to: bytes.count, by: step) {
        let file = MappedFile(Array(bytes.prefix(length)), path: "cut.pt2")
        let error = #expect(throws: FormatError.self, "\(name) cut at \(length)") {
          try TorchExport.read(file)
        }
        if let error { #expect(!error.description.isEmpty) }
      }
    }
  }

  @Test func `an archive with any bytes changed is read or refused`() throws {
    let count = TestFiles.runsSlowTests ? 1000 : 10
    for (name, bytes) in try Self.archives() {
      var generator = SeededGenerator(seed: UInt64(bytes.count))
      for _ in 0..<count {
        var damaged = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          let index = damaged.indices.randomElement(using: &generator) ?? 0
          damaged[index] = .random(in: 0...255, using: &generator)
        }
        attempt(MappedFile(damaged, path: "\(name).pt2"))
      }
    }
  }

  @Test(arguments: ["9223372036854775807", "-9223372036854775808", "-1", "281474976710655"])
  func `a weight that begins where no storage is is refused`(offset: String) throws {
    var members = try Self.members(of: try Self.bytes("tiny"))
    let index = try #require(
      members.firstIndex { $0.name.hasSuffix("model_weights_config.json") })
    let whole = String(decoding: members[index].contents, as: UTF8.self)
    let (plain, changed) = (
      #""storage_offset": {"as_int": 0}"#, #""storage_offset": {"as_int": \#(offset)}"#
    )
    let changedText = whole.replacing(plain, with: changed)
    #expect(changedText != whole)
    members[index].contents = Array(changedText.utf8)
    #expect(throws: FormatError.self) {
      try TorchExport.read(MappedFile(ZipWriter(members).bytes, path: "tiny.pt2"))
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a parameter below 60,000 modules is read in the time of any other`() throws {
    let deep = String(repeating: "a.", count: 60_000) + "weight"
    let (file, name) = ("windows", "\"conv.weight\"")
    var members = try Self.members(of: try Self.bytes("Training/\(file)"))
    for index in members.indices where members[index].name.hasSuffix(".json") {
      let whole = String(decoding: members[index].contents, as: UTF8.self)
      members[index].contents = Array(whole.replacing(name, with: "\"\(deep)\"").utf8)
    }
    let model = try TorchExport.read(MappedFile(ZipWriter(members).bytes, path: "\(file).pt2"))
    #expect(model.tensors.contains { $0.name == deep })
  }

  /// The archive stays whole and its program says something else: other numbers, names and words.
  @Test func `a program with any token changed is read or refused`() throws {
    let count = TestFiles.runsSlowTests ? 1000 : 10
    for name in Self.names {
      let members = try Self.members(of: try Self.bytes(name))
      let texts = members.indices.filter { members[$0].name.hasSuffix(".json") }
      var generator = SeededGenerator(seed: UInt64(name.utf8.count))
      for _ in 0..<count {
        var changed = members
        let index = texts.randomElement(using: &generator) ?? 0
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          changed[index].contents.changeToken(using: &generator)
        }
        attempt(MappedFile(ZipWriter(changed).bytes, path: "\(name).pt2"))
      }
    }
  }

  /// Reads, binds, runs and trains what may be broken.
  private func attempt(_ file: MappedFile) {
    do {
      let model = try TorchExport.read(file)
      let isSound = model.tensors.allSatisfy { $0.type.shape.isPlausible }
      if !isSound { Issue.record("an unsound model of \(file.path)") }
      guard let bound = try model.graph?.bind(Bindings()) else { return }
      _ = EagerInference().trace(of: bound.graph)
      let settings = TrainingSettings(
        optimizer: .adam, environment: OptimizerEnvironment.a100)
      let trace = EagerTraining(settings).trace(of: bound.graph, tensors: model.tensors)
      _ = try TrainingMeasurement(trace)
    } catch {
      if "\(error)".isEmpty { Issue.record("an error that says nothing") }
    }
  }
}

private enum OptimizerEnvironment {
  static let a100 = TrainingEnvironment(
    computeCapability: 80, multiprocessors: 108, threadsPerMultiprocessor: 2048,
    matrixProductWorkspace: 8_519_680)
}

// MARK: - Archives and their texts

extension ExportDamageTests {
  private static func members(of bytes: [UInt8]) throws -> [ZipWriter.Member] {
    let archive = try ZipArchive(MappedFile(bytes, path: "whole.pt2"))
    return try archive.entries.map { entry in
      ZipWriter.Member(entry.name, Array(bytes[try archive.range(of: entry)]))
    }
  }
}

extension [UInt8] {
  /// Puts another number in the place of one, or another byte in the place of any.
  fileprivate mutating func changeToken(using generator: inout SeededGenerator) {
    guard let start = indices.randomElement(using: &generator) else { return }
    let isDigit = { (byte: UInt8) in (48...57).contains(byte) }
    let near = self[start...].prefix(200).firstIndex(where: isDigit)
    guard let near, Bool.random(using: &generator) else {
      self[start] = .random(in: 32...126, using: &generator)
      return
    }
    let end = self[near...].firstIndex { !isDigit($0) } ?? endIndex
    let others = [
      "0", "1", "-1", "2", "3", "7", "99", "4096", "1000000", "2147483648", "9223372036854775807",
      "-9223372036854775808", "99999999999999999999", "1e9", "0.5", "null",
    ]
    let other = others.randomElement(using: &generator) ?? "0"
    replaceSubrange(near..<end, with: Array<UInt8>(other.utf8))
  }
}
