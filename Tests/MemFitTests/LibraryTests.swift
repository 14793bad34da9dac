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

  /// A ResNet keeps nothing of a convolution's output but what its normalization reads.
  @Test(.enabled(if: TestFiles.corpus != nil))
  func `what an export for inference has lost makes up the difference to the original`() throws {
    let corpus = try #require(TestFiles.corpus)
    var request = MemFit.Request(sections: [.train])
    request.training.findsLargestBatch = false
    let export = try MemFit.open("\(corpus)/onnx/export/resnet18.dynamo.onnx")
    let graph = try #require(export.graph).bind(Bindings()).graph
    let exported = try #require(try MemFit.report(on: export, request).train)
    request.bindings.batch = 1
    let original = try #require(try MemFit.report(on: MemFit.open("resnet18"), request).train)
    let lost = FoldedNormalizations(graph)
    #expect(lost.convolutionCount == 20)
    #expect(
      [exported.measurement.savedActivations, lost.bytes].total()
        == original.measurement.savedActivations)
  }
}
