import Foundation
import MemFit
import Testing

@Suite struct BudgetTests {
  private func withFile<Result>(
    _ text: String, named name: String, _ body: (String) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: name)
    try Data(text.utf8).write(to: file)
    return try body(file.path)
  }

  @Test func `a budget is the arguments of its checks`() throws {
    let text = """
      checks:
        - model: resnet50
          batch: 8
          channels-last: true
          quiet: false
          set:
            - a=1
            - b=2
          limits:
            store.parameters.count: 26M
            run.peak.bytes: 16MB
        - model: alexnet
          max-parameters: 62M
      """
    let budget = try withFile(text, named: "memfit.yml") { try Budget(path: $0) }
    #expect(
      budget.checks == [
        [
          "resnet50", "--batch", "8", "--channels-last", "--set", "a=1", "--set", "b=2", "--max",
          "store.parameters.count=26M", "--max", "run.peak.bytes=16MB",
        ], ["alexnet", "--max-parameters", "62M"],
      ])
  }

  @Test(arguments: [
    "", "checks:", "checks:\n  - batch: 1", "a: b", "checks:\n  - x\n", "models: x",
  ])
  func `what is no budget is refused`(text: String) throws {
    #expect(throws: OpenError.self) {
      try withFile(text, named: "memfit.yml") { try Budget(path: $0) }
    }
  }

  @Test func `figures may be as large as the baseline and its tolerance`() throws {
    let report = try MemFit.report(on: try MemFit.open("squeezenet1_1"), MemFit.Request())
    try withFile(JSONForm().write(report), named: "baseline.json") { path in
      let baseline = try Baseline(path: path)
      #expect(!baseline.hasTraining)
      #expect(MemFit.check(report, baseline.ceilings()).holds)
      let larger = try MemFit.report(
        on: try MemFit.open("squeezenet1_1"), MemFit.Request(bindings: Bindings(batch: 2)))
      let check = MemFit.check(larger, baseline.ceilings(tolerance: 0.5))
      let exceeded = check.limits.filter { !$0.holds }.map(\.key)
      #expect(exceeded.contains("run.peak.bytes") && !exceeded.contains("store.parameters.count"))
      #expect(MemFit.check(larger, baseline.ceilings(tolerance: 1)).holds)
    }
  }

  @Test func `every whole number of the JSON report can have a limit`() throws {
    let report = try MemFit.report(on: try MemFit.open("squeezenet1_1"), MemFit.Request())
    #expect(try ReportFigure.at("store.parameters.count", in: report).value(report) == 1_235_496)
    #expect(try ReportFigure.at("store.sizes.int8", in: report).value(report) == 1_235_496)
    let bound = try ReportFigure.at("run.arena.lowerBoundBytes", in: report)
    #expect(bound.value(report) == report.run?.footprint.arena.lowerBound.value)
    #expect(throws: RequestError.self) { try ReportFigure.at("run.nothing", in: report) }
    #expect(throws: RequestError.self) { try ReportFigure.at("run", in: report) }
  }
}
