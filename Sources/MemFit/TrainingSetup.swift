import MemoryAnalysis
import ModelGraph
import Operators

/// A graph as it is to be trained, how, and on what.
struct TrainingSetup {
  var graph: Graph
  var settings: TrainingSettings
  var device: Device

  /// What the reader should know of how the graph is trained.
  var notes: [Diagnostic] = []

  /// Reads a request for a graph that is bound to its sizes.
  ///
  /// - Throws: ``TrainingError`` for what is not modelled, or not there to be changed.
  init(_ bound: Graph, _ request: MemFit.Request) throws(TrainingError) {
    let training = request.training
    device = try MemFit.trainingDevice(request)
    var trained = bound.inTraining()
    if trained.wasExportedInEvaluation {
      if !training.keepsEvaluation { trained = trained.leavingEvaluation() }
      notes.append(Self.evaluationNote(isKept: training.keepsEvaluation))
    }
    graph = trained.adapted(by: training.adapters)
    if let adapters = training.adapters, graph.nodes.count == trained.nodes.count {
      throw .nothingToAdapt(adapters.description)
    }
    settings = try Self.settings(training, device, for: graph)
    if training.sumsLosses { graph.sumLosses() }
  }

  private static func evaluationNote(isKept: Bool) -> Diagnostic {
    let message =
      isKept
      ? "it was exported in evaluation, and is trained so"
      : "it was exported in evaluation and trains as train() would have it; of what such an export lacks, stochastic "
        + "depth of torchvision alone is counted; --keep-evaluation leaves it in evaluation"
    return Diagnostic(.note, "exportedInEvaluation", message)
  }

  private static func settings(
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
    settings.targetLength = training.targetLength
    settings.isChannelsLast = training.isChannelsLast
    settings.strategy = try strategy(training, for: graph)
    return settings
  }

  private static func strategy(
    _ training: TrainingRequest, for graph: Graph
  ) throws(TrainingError) -> Strategy {
    var strategy = Strategy()
    strategy.recomputation = Recomputation(training.checkpointing, in: graph)
    // What the model itself has computed again is not what was asked for.
    if training.checkpointing != .none,
      strategy.recomputation == Recomputation(.none, in: graph)
    {
      throw .nothingToRecompute(training.checkpointing.description)
    }
    strategy.trainsAdaptersOnly = training.adapters != nil
    strategy.accumulatedBatches = training.accumulatedBatches
    strategy.dataParallelism = training.dataParallelism
    strategy.keepsGradients = training.keepsGradients
    strategy.frozen = training.frozen
    let names = graph.values.filter { $0.role == .parameter }.map(\.name)
    for pattern in training.frozen where !names.contains(where: pattern.matches) {
      throw .nothingToFreeze(pattern.text, names: names)
    }
    return strategy
  }
}

extension Graph {
  /// Takes every output like the first for one that has a loss.
  fileprivate mutating func sumLosses() {
    guard let first = outputs.first else { return }
    auxiliaryOutputs = outputs.dropFirst().filter { self[$0].type == self[first].type }
  }
}
