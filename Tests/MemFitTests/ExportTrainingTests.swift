import ByteFormats
import MemFit
import TestSupport
import Testing

/// Training steps of exported modules, as PyTorch's own allocator saw the live modules take them.
@Suite struct ExportTrainingTests {
  private static let folder = "TorchExport/Training"

  private func request() throws -> MemFit.Request {
    var training = TrainingRequest()
    training.hasWorkspace = false
    training.findsLargestBatch = false
    return MemFit.Request(
      sections: [.train], device: try MemFit.device(named: "a100-80gb"), training: training)
  }

  private func footprint(_ name: String) throws -> TrainingFootprint {
    let model = try MemFit.open(TestFiles.fixture("\(Self.folder)/\(name).pt2"))
    return try #require(try MemFit.report(on: model, try request()).train)
  }

  @Test func `an export trains as the live module does, to the byte`() throws {
    let path = TestFiles.fixture("\(Self.folder)/truth.json")
    let runs = try #require(try JSONValue(MappedFile(path: path))["runs"]?.elements)
    #expect(runs.count == 6)
    for run in runs {
      let name = try #require(run["model"]?.string)
      let found = try footprint(name)
      let measured = found.measurement
      #expect(measured.savedActivations.value == run["saved"]?.integer, "\(name)")
      #expect(measured.steady.requested.value == run["requested"]?.integer, "\(name)")
      #expect(measured.first.requested.value == run["firstRequested"]?.integer, "\(name)")
      #expect(measured.steady.allocated.value == run["allocated"]?.integer, "\(name)")
      // No archive tells that the rows' token is made last, on which the segments depend.
      if name != "rows" {
        #expect(measured.steady.reserved.value == run["reserved"]?.integer, "\(name)")
      }
      #expect(found.diagnostics == [], "\(name)")
    }
  }
}
