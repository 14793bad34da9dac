public import MemoryAnalysis
public import ModelGraph
public import Reports

extension MemFit {
  /// What PyTorch's allocator does while the model is trained as requested.
  public struct TrainingRecording: Sendable {
    public var recording: AllocatorRecording
    public var allocator: CachingAllocator.Configuration

    /// What the model is called.
    public var model: String

    /// A snapshot for PyTorch's memory_viz.
    public var snapshot: MemorySnapshot {
      MemorySnapshot(of: recording, model: model, allocator: allocator)
    }

    /// A trace for Perfetto and `chrome://tracing`.
    public var chromeTrace: ChromeTrace { ChromeTrace(of: recording, model: model) }
  }

  /// Trains a model for two steps and writes down what the allocator does, up to a moment.
  ///
  /// - Throws: ``BindingError`` if the chosen sizes contradict the model, ``TrainingError`` if it has
  ///   no graph to train or a way to train it is not modelled.
  public static func recording(
    on model: Model, _ request: Request, until moment: AllocatorRecording.Moment = .end
  ) throws -> TrainingRecording {
    guard let graph = try model.graph?.bind(request.bindings).graph, !graph.nodes.isEmpty else {
      throw TrainingError.nothingToTrain
    }
    let setup = try TrainingSetup(graph, request)
    let run = EagerTraining(setup.settings).trace(of: setup.graph, tensors: model.tensors)
    guard run.hasLoss else { throw TrainingError.noLoss }
    let allocator = request.training.allocator.limited(to: setup.device)
    return TrainingRecording(
      recording: AllocatorRecording(run, allocator: allocator, until: moment),
      allocator: allocator, model: model.name)
  }
}
