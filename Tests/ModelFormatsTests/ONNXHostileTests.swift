import ByteFormats
import Foundation
import ModelGraph
import Operators
import TestSupport
import Testing

@testable import ModelFormats

/// Files that lie: each gives a clear error or a diagnostic, soon and in little memory.
@Suite(.serialized) struct ONNXHostileTests {
  @Test(.enabled(if: TestFiles.corpus != nil))
  func `hostile files of the corpus are told`() throws {
    let folder = try #require(TestFiles.corpus) + "/hostile/onnx"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(files.count >= TestFiles.comparisons(24))
    for file in files {
      let outcome = Outcome(of: try MappedFile(path: "\(folder)/\(file)"))
      #expect(outcome.isClean == (file == "ok_reference.onnx"), "\(file)")
    }
  }

  @Test(arguments: HostileModel.all)
  func `a file that lies is told`(model: HostileModel) {
    let outcome = Outcome(of: model.file)
    #expect(
      model.expected.isEmpty || outcome.description.contains(model.expected), "\(outcome)")
  }

  /// In a process of its own, so that nothing else counts and a trap shows as one.
  @Test func `files that lie cost less than two seconds and 100 MB`() async {
    await #expect(processExitsWith: .success) {
      for model in HostileModel.all {
        let file = model.file
        let start = ResourceUse.now
        _ = Outcome(of: file).description
        let use = ResourceUse.now - start
        precondition(use.seconds < 2, "\(model.name): \(use)")
        precondition(use.peakByteCount < 100 << 20, "\(model.name): \(use)")
      }
    }
  }

  @Test func `a link that leaves the model's folder is told`() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("memfit-link-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/data.bin", withDestinationPath: "/etc/hostname")
    let bytes = HostileModel.stored(
      1, [4], rest: ONNXBytes.external([("location", "data.bin"), ("length", "16")]))
    let outcome = Outcome(of: MappedFile(bytes, path: "\(folder.path)/model.onnx"))
    #expect(outcome.codes.contains("externalDataLocation"))
  }

  @Test func `a chain of a hundred thousand nodes in the wrong order is sorted`() throws {
    let count = 100_000
    let bytes = ONNXBytes.model { graph in
      for index in (0..<count).reversed() {
        let input = index == 0 ? "x" : "v\(index - 1)"
        graph.message(1, ONNXBytes.node("Relu", [input], ["v\(index)"]))
      }
      graph.message(11, ONNXBytes.value("x", ONNXBytes.float32, [1]))
      graph.message(12, ONNXBytes.value("v\(count - 1)", ONNXBytes.float32, [1]))
    }
    let (model, graph) = try ONNX.readGraph(MappedFile(bytes, path: "chain.onnx"))
    #expect(graph?.nodes.count == count)
    #expect(graph?.nodes.first?.inputs == graph?.inputs)
    #expect(model.diagnostics.map(\.code) == ["unsortedNodes"])
  }
}

/// What reading and binding a file came to.
struct Outcome: CustomStringConvertible {
  var error: String?
  var diagnostics: [Diagnostic] = []

  init(of file: MappedFile) {
    do {
      let (model, graph) = try ONNX.readGraph(file)
      diagnostics = model.diagnostics
      if let graph { diagnostics += try graph.bind(Bindings()).diagnostics }
    } catch {
      self.error = "\(error)"
    }
  }

  /// Whether nothing at all was found wrong.
  var isClean: Bool { error == nil && diagnostics.allSatisfy { $0.severity == .note } }
  var codes: [String] { diagnostics.map(\.code) }

  var description: String {
    let messages = diagnostics.map { "\($0.severity) \($0.code) at \($0.location): \($0.message)" }
    return ([error].compactMap(\.self) + messages).joined(separator: "; ")
  }
}
