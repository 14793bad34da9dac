import ArgumentParser
import MemFit

/// How a model is trained.
struct TrainOptions: ParsableArguments {
  @Option(
    help: "The optimizer, such as adam, sgd:momentum or adamw:fused.",
    completion: .list(Optimizer.all.map(\.name)))
  var optimizer = "adam"

  @Option(
    help: "The types to compute in.",
    completion: .list(Precision.allCases.map(\.rawValue)))
  var precision = "fp32"

  @Option(help: "What is trained for; the usual for the model if not said.")
  var loss: TrainingLoss?

  @Flag(
    name: .customLong("auxiliary"),
    help: "Sum the losses of all outputs like the first: the model has auxiliary classifiers.")
  var hasAuxiliaryOutputs = false

  @Option(help: "The length of each target of --loss ctc; half of the output's if not said.")
  var targetLength: Int?

  @Option(help: "How attention is computed.")
  var attention = TrainingEnvironment.AttentionKind.automatic

  @Option(
    help: ArgumentHelp(
      "What is computed again in the backward pass.",
      discussion: "none, blocks, every=K or names=PATTERN; with :reentrant in PyTorch's older way.",
      valueName: "what"),
    completion: .list(["none", "blocks", "every=2", "names="]))
  var checkpointing = Checkpointing.none

  @Option(help: "How many batches' gradients are summed before the optimizer steps.")
  var accumulate = 1

  @Option(
    help: ArgumentHelp(
      "Parameters that are not trained, by name: *, ? and [0-9]; may be given more than once.",
      valueName: "pattern"))
  var frozen: [String] = []

  @Option(
    help: ArgumentHelp(
      "Train small matrices beside linear layers in place of all parameters: LoRA.",
      discussion: "A rank, or a rank and the paths of layers: 16 or '8:*_proj'.",
      valueName: "rank[:pattern]"))
  var lora: LowRankAdapters?

  @Option(
    help: ArgumentHelp(
      "Train as one of several processes: PyTorch's DistributedDataParallel.",
      discussion: """
        How many, then what differs from its defaults: 8, 8:views (gradient_as_bucket_view), bucket=50 (bucket_cap_mb), \
        unused (find_unused_parameters), no-buffers (broadcast_buffers=False).
        """,
      valueName: "processes[:options]"))
  var ddp: DataParallelism?

  @Flag(help: "Set gradients to zero after a step and keep them: zero_grad(set_to_none=False).")
  var keepGradients = false

  @Flag(
    help: "Leave in evaluation what was exported so as a whole, not as train() would have it.")
  var keepEvaluation = false

  @Option(help: "The settings of PyTorch's allocator.")
  var allocator = AllocatorChoice.default

  @Option(
    help: ArgumentHelp(
      "Further settings, as in PYTORCH_ALLOC_CONF: max_split_size_mb:128,expandable_segments:True.",
      valueName: "settings"))
  var allocatorSettings = ""

  @Flag(name: .customLong("this-batch-only"), help: .hidden)
  var isForThisBatchOnly = false

  @Flag(help: "Lay images and convolutions with their channels last.")
  var channelsLast = false

  @Option(help: "The version of PyTorch.")
  var framework = TrainingRequest.Framework.pytorch2_15

  @Option(help: "Whether cuBLAS takes its workspace.")
  var cublasWorkspace = WorkspaceChoice.default

  mutating func validate() throws {
    if let targetLength, targetLength < 1 {
      throw ValidationError("--target-length must be at least 1.")
    }
    guard accumulate >= 1 else { throw ValidationError("--accumulate must be at least 1.") }
  }

  enum AllocatorChoice: String, Word {
    case `default`, expandable
  }

  enum WorkspaceChoice: String, Word {
    case `default`, none
  }

  /// What is asked for.
  ///
  /// - Throws: `SettingsError` for settings of the allocator that cannot be read.
  func request() throws -> TrainingRequest {
    var request = TrainingRequest()
    request.optimizer = optimizer
    request.precision = precision
    request.loss = loss
    request.sumsLosses = hasAuxiliaryOutputs
    request.targetLength = targetLength
    request.attention = attention
    request.checkpointing = checkpointing
    request.accumulatedBatches = accumulate
    request.frozen = frozen.map { NamePattern($0) }
    request.adapters = lora
    request.dataParallelism = ddp
    request.keepsGradients = keepGradients
    request.keepsEvaluation = keepEvaluation
    request.allocator = try CachingAllocator.Configuration(settings: allocatorSettings)
    request.allocatorSettings = allocatorSettings
    if allocator == .expandable { request.allocator.expandableSegments = true }
    request.isChannelsLast = channelsLast
    request.findsLargestBatch = !isForThisBatchOnly
    request.findsChanges = !isForThisBatchOnly
    request.framework = framework
    request.hasWorkspace = cublasWorkspace == .default
    return request
  }
}
