import Foundation
import TestSupport
import Testing

@testable import MemFit

@Suite struct PlanTests {
  private func folder() throws -> String {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("memfit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.path
  }

  @Test(arguments: ["cnn_residual", "functions", "if_weights", "qdq_int8", "constant_weights"])
  func `a reordered file has the same bytes in other places and the same answers`(
    name: String
  ) throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let source = TestFiles.fixture("ONNX/\(name).onnx")
    let target = "\(folder)/\(name).onnx"
    let model = try MemFit.open(source)
    let request = MemFit.Request(runtime: .onnxruntime)
    let nodes = try MemFit.graph(of: model, request).nodes
    _ = try MemFit.write(
      model, request, running: Array(nodes.indices), .priorityBased, to: target)
    let (before, after) = (try TestFiles.bytes(of: source), try TestFiles.bytes(of: target))
    #expect(before.count == after.count)
    #expect(before.sorted() == after.sorted())
    let reopened = try MemFit.graph(of: MemFit.open(target), MemFit.Request())
    // A function's nodes stay together in the file, wherever the runtime would put each.
    #expect(reopened.nodes.map(\.name).sorted() == nodes.map(\.name).sorted())
  }

  @Test func `weights in files beside the model are not left behind`() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let model = try MemFit.open(TestFiles.fixture("ONNX/external.onnx"))
    let count = try MemFit.graph(of: model, MemFit.Request()).nodes.count
    #expect(throws: PlanError.self) {
      try MemFit.write(
        model, MemFit.Request(), running: Array(0..<count), .default, to: "\(folder)/moved.onnx")
    }
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/moved.onnx"))
  }

  @Test func `a file may be written over itself`() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/model.onnx"
    try FileManager.default.copyItem(
      atPath: TestFiles.fixture("ONNX/cnn_residual.onnx"), toPath: path)
    let model = try MemFit.open(path)
    let count = try MemFit.graph(of: model, MemFit.Request()).nodes.count
    _ = try MemFit.write(
      model, MemFit.Request(), running: Array(0..<count), .default, to: path)
    #expect(try TestFiles.bytes(of: path).count == model.fileByteCount?.value)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.onnx"])
  }

  @Test func `the plan of a model places every buffer and proves the arena`() throws {
    let model = try MemFit.open("mobilenet_v2")
    let request = MemFit.Request(sections: [.run, .plan], plan: PlanRequest([.arena, .order]))
    let report = try MemFit.report(on: model, request)
    let arena = try #require(report.plan?.arena)
    #expect(arena.problem.violations(of: arena.solution.placement).isEmpty)
    #expect(arena.solution.status == .optimal)
    #expect(arena.solution.arenaByteCount == report.run?.footprint.arena.bytes.value)
    let order = try #require(report.plan?.order)
    #expect(order.solution.status == .optimal)
    #expect(order.solution.peak == arena.solution.lowerBound)
    let plan = try #require(report.json["plan"])
    #expect(plan["order"]?["peakBytes"] == .integer(order.solution.peak))
    #expect(plan["arena"]?["status"] == "optimal")
  }

  @Test func `a header has the arena and a row for every buffer`() {
    let problem = ArenaProblem([
      ArenaItem(Buffer(16, live: 0..<2), name: "a*/"), ArenaItem(Buffer(8, live: 1..<3), name: "b"),
    ])
    let solution = ArenaSolver().solve(problem)
    let text = ArenaHeader(problem, solution.placement, name: "8 bit/model.onnx").text
    #expect(text.contains("#define MODEL_8_BIT_MODEL_ONNX_ARENA_BYTES UINT64_C(24)"))
    #expect(text.contains("BUFFER_COUNT 2"))
    #expect(text.contains("/* a / */") && !text.contains("a*/"))
  }

  @Test(arguments: [
    (#"{"size": [1, 2], "preds": [[], [1]]}"#, "numbers of tasks before 1 at preds[1], found [1]"),
    (#"{"size": [1, -2], "preds": [[], []]}"#, "a number of bytes at size[1], found -2"),
    (#"{"size": [1], "preds": []}"#, "a list of 1 at preds, found []"),
    (#"{"preds": []}"#, "a list at size, found nothing"),
  ])
  func `what is wrong with a file of tasks is named`(text: String, complaint: String) throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/tasks.json"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    do {
      _ = try #require(try PlanFile(path: path)).orderProblem()
      Issue.record("it was read")
    } catch let error as PlanError {
      let words = ErrorRenderer.complaint(about: error)?.text ?? ""
      #expect(words.contains("expected \(complaint)"), "\(words)")
    }
  }
}
