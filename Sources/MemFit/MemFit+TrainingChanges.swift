import MemoryAnalysis
import ModelGraph

extension MemFit {
  /// A request that differs in one thing.
  private struct Variant {
    var flags: String
    var title: String
    var request: Request

    /// The samples of a step, as a multiple of those asked for.
    var samples = 1.0
  }

  /// What the usual remedies would each give, by the same executor.
  static func trainingChanges(
    _ model: Model, _ graph: Graph, _ request: Request, insteadOf current: TrainingFootprint
  ) -> [TrainingChange] {
    let variants =
      lighterTypes(request) + recomputing(request, graph) + smallerBatches(request)
      + leanerOptimizers(request) + otherAllocators(request)
    return variants.compactMap { variant in
      guard let footprint = footprint(model, variant.request) else { return nil }
      let time = footprint.seconds.flatMap { new in
        current.seconds.map { new.upperBound / $0.upperBound / variant.samples }
      }
      return TrainingChange(
        flags: variant.flags, title: variant.title, total: footprint.total,
        gain: current.total - footprint.total, fits: footprint.fits, time: time)
    }
  }

  private static func footprint(_ model: Model, _ request: Request) -> TrainingFootprint? {
    guard let graph = try? model.graph?.bind(request.bindings).graph,
      let device = try? trainingDevice(request),
      let settings = try? MemFit.settings(request.training, device, for: graph)
    else { return nil }
    return try? TrainingFootprint(
      of: graph, tensors: model.tensors, settings, on: device, allocator: request.training.allocator
    )
  }

  private static func lighterTypes(_ request: Request) -> [Variant] {
    guard request.training.precision == Precision.fp32.rawValue else { return [] }
    let major = (try? trainingDevice(request))?.computeCapability?.prefix { $0 != "." }
    let isNew = Int(major ?? "") ?? 0 >= 8
    let precision = isNew ? Precision.autocastBF16 : .autocastFP16
    var changed = request
    changed.training.precision = precision.rawValue
    return [
      Variant(
        flags: "--precision \(precision.rawValue)", title: "mixed precision", request: changed)
    ]
  }

  private static func recomputing(_ request: Request, _ graph: Graph) -> [Variant] {
    guard request.training.checkpointing == .none else { return [] }
    return [1, 2].map { step in
      var changed = request
      changed.training.checkpointing = Checkpointing(step == 1 ? .blocks : .every(step))
      return Variant(
        flags: "--checkpointing \(changed.training.checkpointing)",
        title: step == 1 ? "recomputed blocks" : "every other block recomputed", request: changed)
    }
  }

  private static func smallerBatches(_ request: Request) -> [Variant] {
    guard let batch = request.bindings.batch, batch >= 2, request.bindings.sizes["batch"] == nil
    else { return [] }
    var halved = request
    halved.bindings.batch = batch / 2
    var summed = halved
    summed.training.accumulatedBatches *= 2
    let count = summed.training.accumulatedBatches
    let samples = Double(batch / 2) / Double(batch)
    return [
      Variant(
        flags: "--batch \(batch / 2)", title: "half the batch", request: halved, samples: samples),
      Variant(
        flags: "--batch \(batch / 2) --accumulate \(count)",
        title: "half the batch, summed twice", request: summed, samples: 2 * samples),
    ]
  }

  private static func leanerOptimizers(_ request: Request) -> [Variant] {
    let leaner: [String: [String]] = [
      "adam": ["adamw:fused", "sgd:momentum"], "adamw": ["adamw:fused", "adafactor"],
      "adamw:fused": ["adafactor", "sgd:momentum"], "rmsprop": ["sgd:momentum"],
      "adagrad": ["sgd:momentum"], "sgd:momentum": ["sgd"],
    ]
    return (leaner[request.training.optimizer] ?? []).map { name in
      var changed = request
      changed.training.optimizer = name
      return Variant(flags: "--optimizer \(name)", title: "a leaner optimizer", request: changed)
    }
  }

  private static func otherAllocators(_ request: Request) -> [Variant] {
    guard !request.training.allocator.expandableSegments else { return [] }
    var changed = request
    changed.training.allocator.expandableSegments = true
    return [
      Variant(flags: "--allocator expandable", title: "segments that grow", request: changed)
    ]
  }
}
