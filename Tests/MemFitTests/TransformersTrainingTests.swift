import ByteFormats
import MemFit
import TestSupport
import Testing

/// Training steps of what models of transformers do, as PyTorch's own allocator saw the live modules
/// take them.
@Suite struct TransformersTrainingTests {
  private static let folder = "TorchExport/Transformers"

  private func report(on name: String) throws -> Report {
    var training = TrainingRequest()
    training.hasWorkspace = false
    training.findsLargestBatch = false
    let request = MemFit.Request(
      sections: [.train], device: try MemFit.device(named: "a100-80gb"), training: training)
    let model = try MemFit.open(TestFiles.fixture("\(Self.folder)/\(name).pt2"))
    return try MemFit.report(on: model, request)
  }

  private func runs() throws -> [JSONValue] {
    let path = TestFiles.fixture("\(Self.folder)/truth.json")
    return try #require(try JSONValue(MappedFile(path: path))["runs"]?.elements)
  }

  @Test func `experts, turned pairs, picked rows, losses and solvers train as live modules do`()
    throws
  {
    let runs = try runs()
    #expect(runs.count == 8)
    for run in runs {
      let name = try #require(run["model"]?.string)
      let measured = try #require(try report(on: name).train).measurement
      #expect(measured.savedActivations.value == run["saved"]?.integer, "\(name)")
      #expect(measured.steady.requested.value == run["requested"]?.integer, "\(name)")
      #expect(measured.first.requested.value == run["firstRequested"]?.integer, "\(name)")
      #expect(measured.steady.allocated.value == run["allocated"]?.integer, "\(name)")
    }
  }

  @Test func `sizes that depend on contents are counted as the least they may be, and it is said`()
    throws
  {
    let codes = try report(on: "picked").diagnostics.map(\.code)
    #expect(codes.contains("contentSizes"))
  }
}
