public import MemoryAnalysis
import ModelFormats
public import ModelGraph
public import Operators
import Reports

/// How a model is to be trained, in the words of the command line.
public struct TrainingRequest: Hashable, Sendable {
  public var optimizer = "adam"
  public var precision = "fp32"
  public var loss: TrainingLoss?

  /// Whether the losses of all outputs like the first are summed: the model has auxiliary classifiers.
  public var sumsLosses = false

  /// The length of each target of the loss `ctc`; `nil` for half of the output's.
  public var targetLength: Int?
  public var attention = TrainingEnvironment.AttentionKind.automatic

  /// What is computed again in the backward pass.
  public var checkpointing = Checkpointing.none

  /// The batches whose gradients are summed before the optimizer steps.
  public var accumulatedBatches = 1

  /// Which parameters are not trained, by name.
  public var frozen: [NamePattern] = []

  /// Small matrices that alone are trained; `nil` trains the model's own parameters.
  public var adapters: LowRankAdapters?

  /// The other processes that train the same model; `nil` for none.
  public var dataParallelism: DataParallelism?

  /// Whether gradients are set to zero between steps, not dropped.
  public var keepsGradients = false

  /// Whether what was exported in evaluation as a whole stays in evaluation.
  public var keepsEvaluation = false

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

  /// Where the allocator's settings were given as text: that text, for command lines.
  public var allocatorSettings = ""

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
    let setup = try TrainingSetup(graph, request)
    var footprint = try TrainingFootprint(
      of: setup.graph, tensors: model.tensors, setup.settings, on: setup.device,
      allocator: training.allocator,
      withLifetimes: request.details.contains(.lifetimes))
    footprint.diagnostics += setup.notes
    if model.format == ONNX.name {
      footprint.diagnostics.append(FoldedNormalizations(graph).diagnostic)
    }
    (footprint.largestBatch, footprint.changes) = trainingAnswers(
      model, graph, request, on: setup.device, insteadOf: FitOutcome(footprint))
    return footprint
  }

  static func trainingDevice(_ request: Request) throws(TrainingError) -> Device {
    guard let device = request.device ?? Device.named(defaultTrainingDevice) else {
      throw .unsupportedDevice(defaultTrainingDevice)
    }
    return device
  }
}
