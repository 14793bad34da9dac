import ByteFormats
import MemFit
import TestSupport
import Testing

/// Training steps of exported modules, as PyTorch's own allocator saw the live modules take them.
@Suite struct ExportTrainingTests {
  private static let folder = "TorchExport/Training"

  private func request(
    _ precision: String, _ loss: TrainingLoss?, _ optimizer: String, _ settings: TrainingRequest
  ) throws -> MemFit.Request {
    var training = settings
    training.precision = precision
    training.optimizer = optimizer
    training.loss = loss
    training.hasWorkspace = false
    training.findsLargestBatch = false
    return MemFit.Request(
      sections: [.train], device: try MemFit.device(named: "a100-80gb"), training: training)
  }

  private func footprint(
    _ name: String, _ precision: String = "fp32", _ loss: TrainingLoss? = nil,
    optimizer: String = "adam", settings: TrainingRequest = TrainingRequest()
  ) throws -> TrainingFootprint {
    let model = try MemFit.open(TestFiles.fixture("\(Self.folder)/\(name).pt2"))
    let request = try request(precision, loss, optimizer, settings)
    return try #require(try MemFit.report(on: model, request).train)
  }

  @Test func `an export trains as the live module does, to the byte`() throws {
    let path = TestFiles.fixture("\(Self.folder)/truth.json")
    let runs = try #require(try JSONValue(MappedFile(path: path))["runs"]?.elements)
    #expect(runs.count == 87)
    for run in runs {
      let name = try #require(run["model"]?.string)
      let precision = try #require(run["precision"]?.string)
      var settings = TrainingRequest()
      if let choice = run["checkpointing"]?.string {
        settings.checkpointing = try #require(Checkpointing(choice))
      }
      settings.keepsEvaluation = run["keepEvaluation"] != nil
      let frozen = run["frozenLater"]?.elements ?? []
      settings.frozen = frozen.compactMap(\.string).map { NamePattern($0) }
      // Its tokens look like a language model's.
      let found = try footprint(
        name, precision, name == "scan" ? .crossEntropy : nil,
        optimizer: try #require(run["optimizer"]?.string), settings: settings)
      let measured = found.measurement
      #expect(measured.savedActivations.value == run["saved"]?.integer, "\(name)")
      #expect(measured.steady.requested.value == run["requested"]?.integer, "\(name)")
      #expect(measured.first.requested.value == run["firstRequested"]?.integer, "\(name)")
      #expect(measured.steady.allocated.value == run["allocated"]?.integer, "\(name)")
      #expect(measured.steady.reserved.value == run["reserved"]?.integer, "\(name)")
      let notes = name.hasPrefix("evaluated") ? ["exportedInEvaluation"] : []
      #expect(found.diagnostics.map(\.code) == notes, "\(name)")
    }
  }

  @Test func `an export in a half type trains in that type, asked for or not`() throws {
    #expect(try footprint("halved").measurement == footprint("halved", "bf16").measurement)
  }

  @Test(arguments: [("strict", "lm_head.weight"), ("strict_windows", "head.bias")])
  func `a strict export's tensors are made in the order of the modules`(
    _ name: String, _ last: String
  ) throws {
    let model = try MemFit.open(TestFiles.fixture("\(Self.folder)/\(name).pt2"))
    let graph = try #require(try model.graph?.bind(Bindings()).graph)
    let made = try #require(graph.construction).steps.compactMap { step -> String? in
      guard case .make(let name, _) = step else { return nil }
      return name
    }
    #expect(made.last == last)
    let inputs = graph.values.filter { $0.role == .parameter }.map(\.name)
    #expect(made.filter(inputs.contains) != inputs)
  }

  /// The order in which PyTorch's own allocator saw the constructor make the tensors.
  @Test func `a shared table is made at each of its places, and the embedding's stays`() throws {
    let model = try MemFit.open(TestFiles.fixture("\(Self.folder)/scan.pt2"))
    let graph = try #require(try model.graph?.bind(Bindings()).graph)
    let made = try #require(graph.construction).steps.compactMap { step -> String? in
      guard case .make(let name, _) = step else { return nil }
      return name
    }
    #expect(made == ["head.weight", "table.weight", "mix.weight", "mix.bias", "decay"])
    let shared = model.tensors.filter { $0.type.shape == [96, 32] }
    #expect(shared.map(\.name) == ["table.weight", "head.weight"])
    #expect(Set(shared.map(\.storage)).count == 1)
  }
}
