import MemFit
import Testing

@Suite struct CompareAndCheckTests {
  /// A report of a model of one linear layer.
  private func report(_ inputs: Int, _ outputs: Int) throws -> Report {
    let weight = Tensor(
      name: "fc.weight", type: TensorType(.float32, [outputs, inputs]), role: .parameter,
      storage: 0)
    let model = Model(name: "fc", source: "fc", format: "test", tensors: [weight])
    return try MemFit.report(on: model, MemFit.Request())
  }

  @Test func `a comparison has differences and ratios`() throws {
    let comparison = try MemFit.compare(report(10, 10), report(10, 25))
    let row = try #require(comparison.rows.first { $0.key == "store.parameters.count" })
    #expect(row.first == 100 && row.second == 250)
    #expect(row.difference == 150 && row.ratio == 2.5)
  }

  @Test func `what is unknown on one side is not compared`() throws {
    let comparison = try MemFit.compare(report(10, 10), report(10, 25))
    let row = try #require(comparison.rows.first { $0.key == "run.peak.bytes" })
    #expect(row.first == nil && row.difference == nil && row.ratio == nil)
  }

  @Test func `a limit holds up to itself and no further`() throws {
    let report = try report(10, 10)
    for (limit, holds) in [(99, false), (100, true), (101, true)] {
      let check = MemFit.check(report, [MemFit.Ceiling(.parameters, atMost: limit)])
      #expect(check.holds == holds)
      #expect(check.limits.first?.excess == 100 - limit)
    }
  }

  @Test func `a figure that cannot be known exceeds its limit`() throws {
    let check = MemFit.check(try report(10, 10), [MemFit.Ceiling(.peak, atMost: .max)])
    #expect(!check.holds)
  }

  @Test func `a file without a graph is stored but not run`() throws {
    let report = try report(10, 10)
    #expect(report.store != nil && report.run == nil && report.graph == nil)
    #expect(report.json["run"] == .null)
    #expect(report.diagnostics.contains { $0.code == "noGraph" })
  }

  @Test func `sizes in a type that is not listed are refused`() throws {
    let report = try report(10, 10)
    #expect(throws: RequestError.self) { try ReportFigure.size(in: .string, of: report) }
    let int8 = try ReportFigure.size(in: .int8, of: report)
    #expect(int8.value(report) == 100)
  }
}
