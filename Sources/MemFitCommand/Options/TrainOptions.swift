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

  @Option(help: "How attention is computed.")
  var attention = TrainingEnvironment.AttentionKind.automatic

  @Option(help: "The settings of PyTorch's allocator.")
  var allocator = AllocatorChoice.default

  @Flag(help: "Lay images and convolutions with their channels last.")
  var channelsLast = false

  @Option(help: "The version of PyTorch.")
  var framework = TrainingRequest.Framework.pytorch2_15

  @Option(help: "Whether cuBLAS takes its workspace.")
  var cublasWorkspace = WorkspaceChoice.default

  enum AllocatorChoice: String, CaseIterable, ExpressibleByArgument {
    case `default`, expandable
  }

  enum WorkspaceChoice: String, CaseIterable, ExpressibleByArgument {
    case `default`, none
  }

  var request: TrainingRequest {
    var request = TrainingRequest()
    request.optimizer = optimizer
    request.precision = precision
    request.loss = loss
    request.attention = attention
    request.allocator.expandableSegments = allocator == .expandable
    request.isChannelsLast = channelsLast
    request.framework = framework
    request.hasWorkspace = cublasWorkspace == .default
    return request
  }
}
