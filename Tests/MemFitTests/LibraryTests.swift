import MemFit
import TestSupport
import Testing

/// The library as the README uses it.
@Suite struct LibraryTests {
  @Test func `a report is made in two lines`() throws {
    let model = try MemFit.open("resnet50")
    let report = try MemFit.report(on: model, MemFit.Request(bindings: Bindings(batch: 32)))
    let conv1 = report.run?.footprint.timeline.first
    #expect(conv1?.node == "conv1")
    #expect(try #require(report.run).footprint.peak.bytes > 102_760_448)
  }

  @Test func `training an export for inference says what the export has lost`() throws {
    let model = try MemFit.open(TestFiles.fixture("ONNX/cnn_residual.onnx"))
    let report = try MemFit.report(on: model, MemFit.Request(sections: [.train]))
    #expect(report.diagnostics.contains { $0.code == "inferenceExport" })
  }
}
