public import MemoryAnalysis
import ModelFormats
import ModelGraph
public import Operators
import Reports

/// How a model is to be trained, in the words of the command line.
public struct TrainingRequest: Hashable, Sendable {
  public var optimizer = "adam"
  public var precision = "fp32"
  public var loss: TrainingLoss?
  public var attention = TrainingEnvironment.AttentionKind.automatic

  /// What is computed again in the backward pass.
  public var checkpointing = Checkpointing.none

  /// The batches whose gradients are summed before the optimizer steps.
  public var accumulatedBatches = 1

  /// Which parameters are not trained, by name.
  public var frozen: [NamePattern] = []

  /// Whether gradients are set to zero between steps, not dropped.
  public var keepsGradients = false

  /// Whether images and convolutions lie with their channels last.
  public var isChannelsLast = false
  public var framework = Framework.pytorch2_15

  /// A version of PyTorch whose way with memory is modelled.
  public enum Framework: String, Hashable, Sendable, CaseIterable {
    /// cuBLAS's workspace is given back after each product.
    case pytorch2_15 = "pytorch-2.15"

    /// Each thread keeps cuBLAS's workspace.
    case pytorch2_14 = "pytorch-2.14"
  }

  /// Whether cuBLAS takes its usual workspace.
  public var hasWorkspace = true
  public var allocator = CachingAllocator.Configuration()

  /// Whether to ask what the usual remedies would give.
  public var findsChanges = true

  /// Whether to look for the largest batch that fits.
  public var findsLargestBatch = true

  public init() {}
}

extension MemFit {
  /// The device that training is told for where none is named.
  public static let defaultTrainingDevice = "a100-80gb"

  /// Trains a model for two steps on the requested device.
  ///
  /// - Throws: ``TrainingError`` for what is not modelled, ``BindingError`` for wrong sizes.
  static func train(
    _ model: Model, _ graph: Graph, _ request: Request
  ) throws(TrainingError) -> TrainingFootprint {
    let training = request.training
    let device = try trainingDevice(request)
    let settings = try settings(training, device, for: graph)
    var footprint = try TrainingFootprint(
      of: graph, tensors: model.tensors, settings, on: device, allocator: training.allocator,
      withLifetimes: request.details.contains(.lifetimes))
    if model.format == ONNX.name {
      footprint.diagnostics.append(FoldedNormalizations(graph).diagnostic)
    }
    if training.findsChanges {
      footprint.changes = trainingChanges(model, graph, request, insteadOf: footprint)
    }
    if training.findsLargestBatch {
      footprint.largestBatch = largestBatch(model, request, device, footprint)
    }
    return footprint
  }

  static func trainingDevice(_ request: Request) throws(TrainingError) -> Device {
    guard let device = request.device ?? Device.named(defaultTrainingDevice) else {
      throw .unsupportedDevice(defaultTrainingDevice)
    }
    return device
  }

  static func settings(
    _ training: TrainingRequest, _ device: Device, for graph: Graph
  ) throws(TrainingError) -> TrainingSettings {
    guard let precision = Precision(rawValue: training.precision) else {
      throw .unsupported(
        option: "--precision", value: training.precision,
        known: Precision.allCases.map(\.rawValue))
    }
    guard let optimizer = Optimizer.named(training.optimizer) else {
      throw .unsupported(
        option: "--optimizer", value: training.optimizer, known: Optimizer.all.map(\.name))
    }
    guard var environment = device.trainingEnvironment(hasWorkspace: training.hasWorkspace) else {
      throw .unsupportedDevice(device.name)
    }
    environment.attention = training.attention
    environment.keepsWorkspaces = training.framework == .pytorch2_14
    var settings = TrainingSettings(
      optimizer: optimizer, environment: environment, precision: precision, loss: training.loss)
    settings.isChannelsLast = training.isChannelsLast
    settings.strategy = try strategy(training, for: graph)
    return settings
  }

  private static func strategy(
    _ training: TrainingRequest, for graph: Graph
  ) throws(TrainingError) -> Strategy {
    var strategy = Strategy()
    strategy.recomputation = Recomputation(training.checkpointing, in: graph)
    if training.checkpointing != .none, strategy.recomputation == .none {
      throw .nothingToRecompute(training.checkpointing.description)
    }
    strategy.accumulatedBatches = training.accumulatedBatches
    strategy.keepsGradients = training.keepsGradients
    strategy.frozen = training.frozen
    let names = graph.values.filter { $0.role == .parameter }.map(\.name)
    for pattern in training.frozen where !names.contains(where: pattern.matches) {
      throw .nothingToFreeze(pattern.text, names: names)
    }
    return strategy
  }

  /// The largest batch that fits, looked for near where a straight line through two runs says.
  private static func largestBatch(
    _ model: Model, _ request: Request, _ device: Device, _ footprint: TrainingFootprint
  ) -> Int? {
    let configuration = request.training.allocator
    func run(_ batch: Int) -> TrainingTrace? {
      var bindings = request.bindings
      bindings.batch = batch
      bindings.sizes["batch"] = nil
      guard let graph = try? model.graph?.bind(bindings).graph,
        let settings = try? MemFit.settings(request.training, device, for: graph)
      else { return nil }
      let run = EagerTraining(settings).trace(of: graph, tensors: model.tensors)
      return run.hasLoss ? run : nil
    }
    let batch = request.bindings.batch ?? 1
    let other = batch == 1 ? 8 : batch * 2
    guard let doubled = run(other),
      let second = try? TrainingMeasurement(unlimited: doubled, configuration)
    else { return nil }
    let guess = LargestBatch.guess(
      (batch, footprint.measurement.steady.reserved.value),
      (other, second.steady.reserved.value),
      reaching: configuration.limited(to: device).memoryLimit ?? 0)
    return LargestBatch.find(near: guess) { batch in
      guard let run = run(batch) else { return false }
      return (try? TrainingMeasurement(run, allocator: configuration.limited(to: device))) != nil
    }
  }
}
