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
    let settings = try settings(training, device)
    var footprint = try TrainingFootprint(
      of: graph, tensors: model.tensors, settings, on: device, allocator: training.allocator)
    if model.format == ONNX.name {
      footprint.diagnostics.append(FoldedNormalizations(graph).diagnostic)
    }
    if training.findsLargestBatch {
      footprint.largestBatch = largestBatch(model, request, settings, device)
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
    _ training: TrainingRequest, _ device: Device
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
    return settings
  }

  private static func largestBatch(
    _ model: Model, _ request: Request, _ settings: TrainingSettings, _ device: Device
  ) -> Int? {
    LargestBatch.find(near: request.bindings.batch ?? 1) { batch in
      var bindings = request.bindings
      bindings.batch = batch
      bindings.sizes["batch"] = nil
      guard let graph = try? model.graph?.bind(bindings).graph else { return false }
      let footprint = try? TrainingFootprint(
        of: graph, tensors: model.tensors, settings, on: device,
        allocator: request.training.allocator)
      return footprint?.fits ?? false
    }
  }
}
