public import ModelGraph

/// What of a training step decides whether it fits, and what it costs: the figures by which ways to train are
/// compared.
public struct TrainingOutcome: Hashable, Sendable {
  /// The bytes that tensors ask for and that PyTorch's allocator takes for them.
  public var measurement: TrainingMeasurement

  /// Where and how memory runs out; `nil` if the step fits.
  public var outOfMemory: TrainingOutOfMemory?

  /// The estimated time of a step; `nil` if the device's speed is not known.
  public var seconds: ClosedRange<Double>?

  /// The multiply-accumulates that are computed again in a step.
  public var recomputedMultiplyAccumulates: Int

  /// Whether the step runs through in the device's memory.
  public var fits: Bool { outOfMemory == nil }

  /// The device's memory that the training process takes.
  public var total: ByteCount { measurement.steady.reserved + DeviceFit.context.bytes }

  /// The same without what the allocator holds beyond the tensors' blocks.
  public var least: ByteCount { measurement.steady.allocated + DeviceFit.context.bytes }

  /// Trains a graph on a device.
  ///
  /// - Throws: ``TrainingError`` for a device or a graph that training cannot be told of.
  public init(
    of graph: Graph, tensors: [Tensor], _ settings: TrainingSettings, on device: Device,
    allocator configuration: CachingAllocator.Configuration = .init()
  ) throws(TrainingError) {
    let run = try TrainingTrace(of: graph, tensors: tensors, settings)
    let work = Deferred { StepWork(of: graph, run, settings.strategy) }
    try self.init(run, after: nil, work, settings, on: device, allocator: configuration)
  }

  /// The building and the first step of a trace on their way through the device's memory.
  typealias Beginning = Deferred<Result<TrainingMeasurement.Beginning, TrainingOutOfMemory>>

  static func beginning(
    _ run: TrainingTrace, on device: Device, _ configuration: CachingAllocator.Configuration
  ) -> Beginning {
    Deferred {
      Result { () throws(TrainingOutOfMemory) in
        try TrainingMeasurement.Beginning(run, allocator: configuration.limited(to: device))
      }
    }
  }

  /// Puts the trace of a graph's training through the device's memory, or what follows its beginning if that is begun.
  init(
    _ run: TrainingTrace, after begun: Beginning?, _ work: Deferred<StepWork>,
    _ settings: TrainingSettings, on device: Device,
    allocator configuration: CachingAllocator.Configuration
  ) throws(TrainingError) {
    let beginning = begun ?? Self.beginning(run, on: device, configuration)
    do throws(TrainingOutOfMemory) {
      measurement = try TrainingMeasurement(run, after: beginning.value.get())
    } catch {
      measurement = try TrainingMeasurement(unlimited: run, configuration)
      outOfMemory = error.located(in: run)
    }
    let work = work.value
    seconds = work.seconds(on: device, settings.precision)
    recomputedMultiplyAccumulates = work.recomputedMultiplyAccumulates
  }
}

extension TrainingTrace {
  /// Two steps of training, from which something is learned.
  ///
  /// - Throws: ``TrainingError/nothingToTrain`` and ``TrainingError/noLoss``.
  init(
    of graph: Graph, tensors: [Tensor], _ settings: TrainingSettings,
    afterFirstStep tell: (TrainingTrace) -> Void = { _ in }
  ) throws(TrainingError) {
    guard !graph.nodes.isEmpty else { throw .nothingToTrain }
    try settings.checkOutput(of: graph)
    self = EagerTraining(settings).trace(of: graph, tensors: tensors, afterFirstStep: tell)
    guard hasLoss else { throw .noLoss }
  }
}

extension TrainingSettings {
  /// - Throws: ``TrainingError/outputMismatch(_:expected:found:)`` for an output that the chosen loss does not take.
  fileprivate func checkOutput(of graph: Graph) throws(TrainingError) {
    guard let loss, loss.target == .sequences, GraphFacts(graph).ownLoss == nil,
      let type = graph.outputs.first.flatMap({ graph[$0].type.tensorType }),
      loss.targetType(for: type, targetLength) == nil
    else { return }
    throw .outputMismatch(loss, expected: "[batch, time, classes]", found: type)
  }
}

extension TrainingOutOfMemory {
  /// The same with the kernel that asks for the memory.
  fileprivate func located(in run: TrainingTrace) -> TrainingOutOfMemory {
    var located = self
    for index in stride(from: event, through: 0, by: -1) {
      guard case .begin(let step) = run.trace.events[index] else { continue }
      located.operatorName = run.trace.steps[Int(step)].operatorName.name
      located.node = run.trace.steps[Int(step)].node
      break
    }
    return located
  }
}
