import MemFit
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
}
