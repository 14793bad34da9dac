import ByteFormats
import MemFit
import TestSupport
import Testing

/// Training steps of what models of transformers do, as PyTorch's own allocator saw the live modules
/// take them.
@Suite struct TransformersTrainingTests {
  private static let folder = "TorchExport/Transformers"

  private func report(on name: String, _ precision: String = "fp32") throws -> Report {
    var training = TrainingRequest()
    training.precision = precision
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

  /// Among them T5's norms and packed sequences in 16 bits, attention without a mask of nothing,
  /// statements over several lines, and single precision asked for by name under every precision of 16 bits.
  @Test func `experts, turned pairs, picked rows, losses and solvers train as live modules do`()
    throws
  {
    let runs = try runs()
    #expect(runs.count == 23)
    for run in runs {
      let name = try #require(run["model"]?.string)
      let precision = try #require(run["precision"]?.string)
      let measured = try #require(try report(on: name, precision).train).measurement
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

  /// The order in which PyTorch's own allocator saw the constructor make the tensors.
  @Test func `a mask of the future is made of ones before the layers of its module`() throws {
    let model = try MemFit.open(TestFiles.fixture("\(Self.folder)/triangle.pt2"))
    let graph = try #require(try model.graph?.bind(Bindings()).graph)
    let steps = try #require(graph.construction).steps
    let attention = "transformer.h.0.attn"
    let first = try #require(
      steps.firstIndex { step in
        guard case .make(let name, _) = step else { return false }
        return name.hasPrefix(attention)
      })
    let mask = TensorType(.bool, [1, 1, 128, 128])
    #expect(
      Array(steps[first..<first + 3]) == [
        .make("\(attention).bias.ones", mask), .make("\(attention).bias", mask),
        .drop("\(attention).bias.ones"),
      ])
  }
}
