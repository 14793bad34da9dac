import Foundation
import MemoryAnalysis
import ModelGraph
import ModelZoo
import Operators
import TestSupport

/// Runs of the real PyTorch with recomputation, accumulation, frozen parameters and the like.
///
/// Made by `Validation/training/measure_strategies.py`.
struct StrategyTruth: Decodable {
  var runs: [Run]

  struct Run: Decodable {
    var name: String
    var model: String
    var opt: String
    var batch: Int
    var seq: Int?
    var cc: Int?
    var workspace: Bool?
    var dtype: String?
    var autocast: String?
    var channels_last: Bool?
    var memfit: String?
    var accumulate: Int?
    var keep: Bool?
    var frozen: [String]?

    /// `--ddp` as it is spelled.
    var spelled: String?
    var regions: [String]
    var saved: Int
    var base: Int
    var first: TrainingTruth.Peaks
    var steady: TrainingTruth.Peaks
    var phase: String
    var op: String
  }

  static func load() throws -> StrategyTruth {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("PyTorch/strategies.json"))
    return try JSONDecoder().decode(StrategyTruth.self, from: Data(bytes))
  }
}

extension StrategyTruth.Run {
  private var zooName: String {
    let stem = String(model.prefix { $0 != "-" })
    return stem == "bert" ? "bert-base" : stem
  }

  private var precision: Precision {
    switch (dtype, autocast) {
    case ("bfloat16", _): .bf16
    case (_, "bfloat16"): .autocastBF16
    case (_, "float16"): .autocastFP16
    default: .fp32
    }
  }

  private var optimizer: Optimizer? {
    let names = [
      "sgdm": "sgd:momentum", "sgdm_fused": "sgd:momentum,fused", "adamw_fused": "adamw:fused",
      "adamw_loop": "adamw:loop",
    ]
    return Optimizer.named(names[opt] ?? opt)
  }

  private func graph(of model: Model) throws -> Graph? {
    var bindings = Bindings()
    bindings.batch = batch
    if self.model.hasPrefix("gpt2") || self.model.hasPrefix("bert") {
      bindings.sequence = seq ?? 512
    }
    return try model.graph?.bind(bindings).graph
  }

  /// What the same run asks of the allocator, by our executor.
  func trace() throws -> TrainingTrace? {
    guard let model = ModelZoo.model(named: zooName), let graph = try graph(of: model),
      let optimizer
    else { return nil }
    var environment = TrainingEnvironment(
      computeCapability: cc ?? 80, multiprocessors: 108, threadsPerMultiprocessor: 2048,
      matrixProductWorkspace: workspace == true ? 8_519_680 : 0)
    if self.model.hasSuffix("-eager") { environment.attention = .eager }
    var settings = TrainingSettings(
      optimizer: optimizer, environment: environment, precision: precision)
    settings.isChannelsLast = channels_last ?? false
    settings.strategy = strategy(for: graph)
    return EagerTraining(settings).trace(of: graph, tensors: model.tensors)
  }

  private func strategy(for graph: Graph) -> Strategy {
    var strategy = Strategy()
    if let choice = memfit.flatMap({ Checkpointing($0) }) {
      strategy.recomputation = Recomputation(choice, in: graph)
    }
    strategy.accumulatedBatches = accumulate ?? 1
    strategy.dataParallelism = spelled.flatMap { DataParallelism($0) }
    strategy.keepsGradients = keep ?? false
    strategy.frozen = (frozen ?? []).map { NamePattern($0) }
    return strategy
  }

  /// The parts of the model that we compute again.
  func regionNames() throws -> [String] {
    guard let model = ModelZoo.model(named: zooName), let graph = try graph(of: model) else {
      return []
    }
    return strategy(for: graph).recomputation.regions.map(\.name)
  }
}
