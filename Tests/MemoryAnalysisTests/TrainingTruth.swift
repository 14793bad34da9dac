import Foundation
@testable import MemoryAnalysis
import ModelGraph
import ModelZoo
import Operators
import TestSupport

/// The recorded runs of the real PyTorch, and our answers to the same questions.
struct TrainingTruth: Decodable {
  var runs: [Run]

  struct Run: Decodable {
    var name: String
    var model: String
    var optimizer: String
    var batch: Int
    var dtype: String
    var autocast: String
    var channels_last: Bool
    var ckpt: Bool
    var cc: Int
    var workspace: Bool
    var expandable: Bool
    var cache: Bool
    var base: Int
    var saved: Int
    var first: Peaks
    var steady: Peaks
    var phase: String
    var op: String
  }

  struct Peaks: Decodable, Equatable {
    var requested: Int
    var allocated: Int
    var reserved: Int
  }

  static func load(_ name: String = "training_truth") throws -> TrainingTruth {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("PyTorch/\(name).json"))
    return try JSONDecoder().decode(TrainingTruth.self, from: Data(bytes))
  }
}

extension TrainingTruth {
  /// The zoo's name of a model that was measured, and for texts the way of its attention.
  static func zooName(
    _ model: String
  ) -> (name: String, attention: TrainingEnvironment.AttentionKind?) {
    let parts = model.split(separator: "-")
    guard parts.count == 2 else { return (model, nil) }
    return (
      parts[0] == "bert" ? "bert-base" : String(parts[0]),
      parts[1] == "eager" ? .eager : .automatic
    )
  }
}

extension TrainingTruth.Run {
  private static let zooNames = [
    "llama-sdpa": "llama-3.2-1b", "llama-eager": "llama-3.2-1b", "bert-sdpa": "bert-base",
    "bert-eager": "bert-base", "gpt2-sdpa": "gpt2", "gpt2-eager": "gpt2",
  ]

  private static let optimizers = [
    "sgdm": "sgd:momentum", "sgdm_fused": "sgd:momentum,fused", "adamw_fused": "adamw:fused",
    "adamw_loop": "adamw:loop",
  ]

  private var precision: Precision? {
    switch (dtype, autocast) {
    case ("float32", ""): .fp32
    case ("bfloat16", ""): .bf16
    case ("float32", "bfloat16"): .autocastBF16
    case ("float32", "float16"): .autocastFP16
    default: nil
    }
  }

  /// The trace of the same run by our executor; `nil` if it is not modelled yet.
  func trace() throws -> TrainingTrace? {
    guard let precision,
      let model = ModelZoo.model(named: Self.zooNames[model] ?? model), let source = model.graph,
      let optimizer = Optimizer.named(Self.optimizers[optimizer] ?? optimizer)
    else { return nil }
    var bindings = Bindings()
    bindings.batch = batch
    let isText = ["gpt2", "bert", "llama"].contains { self.model.hasPrefix($0) }
    if isText { bindings.sequence = 512 }
    let graph = try source.bind(bindings).graph
    var environment = TrainingEnvironment(
      computeCapability: cc, multiprocessors: cc == 90 ? 132 : 108, threadsPerMultiprocessor: 2048,
      matrixProductWorkspace: workspace ? (cc == 90 ? 33_554_432 : 8_519_680) : 0)
    if self.model.hasSuffix("-eager") { environment.attention = .eager }
    environment.keepsWorkspaces = cache
    var settings = TrainingSettings(
      optimizer: optimizer, environment: environment, precision: precision)
    settings.isChannelsLast = channels_last
    if ckpt { settings.strategy.recomputation = Recomputation(Checkpointing(.blocks), in: graph) }
    return EagerTraining(settings).trace(of: graph, tensors: model.tensors)
  }
}
