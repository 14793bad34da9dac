import MemoryAnalysis
import ModelGraph
import Reports

/// The ways to train in less memory, for one request.
///
/// To add one, add a ladder of its steps to ``all``.
struct TrainingRemedies {
  let request: MemFit.Request
  let graph: Graph
  let device: Device

  var all: [RemedyLadder] {
    [
      allocator, implementation, recomputation, accumulation, precision, optimizer, batch, frozen,
      adapters, .shorterSequences(than: request.bindings.sequence),
      .smallerImages(than: request.imageSize(of: graph), isCombinable: false),
    ].allowed(request)
  }

  /// The first steps of what people try first.
  var usual: [Remedy] {
    precision.steps.prefix(1) + recomputation.steps.suffix(2).reversed() + batch.steps.prefix(1)
      + accumulation.steps.prefix(1) + implementation.steps.prefix(1) + optimizer.steps.prefix(2)
      + allocator.steps
  }

  private var training: TrainingRequest { request.training }

  private var batchSize: Int { request.batchSize(of: graph) }
}

// MARK: What gives the same result

extension TrainingRemedies {
  var allocator: RemedyLadder {
    guard !training.allocator.expandableSegments else { return RemedyLadder(steps: []) }
    return RemedyLadder(steps: [
      Remedy(.allocator, "segments that grow") {
        $0.training.allocator.expandableSegments = true
      }
    ])
  }

  /// The same algorithm in fewer temporaries.
  var implementation: RemedyLadder {
    let parts = training.optimizer.split(separator: ":", maxSplits: 1)
    let options = parts.count > 1 ? parts[1].split(separator: ",").map(String.init) : []
    guard let family = parts.first, !options.contains("fused"), !options.contains("loop") else {
      return RemedyLadder(steps: [])
    }
    let steps = ["fused", "loop"].compactMap { kind -> Remedy? in
      let name = "\(family):\((options + [kind]).joined(separator: ","))"
      guard Optimizer.named(name) != nil else { return nil }
      return Remedy(.implementation, "the optimizer's \(kind) implementation") {
        $0.training.optimizer = name
      }
    }
    return RemedyLadder(steps: steps, isMonotone: false)
  }

  var recomputation: RemedyLadder {
    guard training.checkpointing == .none else { return RemedyLadder(steps: []) }
    let own = Recomputation(.none, in: graph).regions
    let regions = Array(
      Recomputation(Checkpointing(.blocks), in: graph).regions.dropFirst(own.count))
    guard !graph.readsGrowingLists(regions) else { return RemedyLadder(steps: []) }
    let count = regions.count
    let strides = [4, 3, 2, 1].filter { $0 == 1 || $0 < count }
    return RemedyLadder(
      steps: count == 0
        ? []
        : strides.map { stride in
          let choice = Checkpointing(stride == 1 ? .blocks : .every(stride))
          return Remedy(.recomputation, Self.recomputed(stride)) {
            $0.training.checkpointing = choice
          }
        })
  }

  private static func recomputed(_ stride: Int) -> String {
    switch stride {
    case 1: "every block computed again"
    case 2: "every other block computed again"
    case 3: "every third block computed again"
    default: "every \(stride)th block computed again"
    }
  }

  /// Parts of the batch one after the other, their gradients summed.
  var accumulation: RemedyLadder {
    let size = batchSize
    let counts = (1...20).map { 1 << $0 }.filter { size % $0 == 0 }
    let concern =
      graph.normalizesBatches ? "batch normalization sees smaller batches" : nil
    return RemedyLadder(
      steps: counts.map { count in
        let parts = training.accumulatedBatches * count
        return Remedy(
          .accumulation, "the batch in \(parts) parts, summed", concern: concern
        ) {
          $0.bindings.setBatch(size / count)
          $0.training.accumulatedBatches = parts
        }
      })
  }
}

// MARK: What has to be validated

extension TrainingRemedies {
  var precision: RemedyLadder {
    let major = Int(device.computeCapability?.prefix { $0 != "." } ?? "") ?? 0
    let half = major >= 8 ? "bf16" : "fp16"
    let steps = [
      Remedy(.precision, "mixed precision", concern: "products are rounded to half precision") {
        $0.training.precision = "amp-\(half)"
      },
      Remedy(.precision, "half precision", concern: "weights are rounded to half precision") {
        $0.training.precision = half
      },
    ]
    guard let current = Precision(rawValue: training.precision) else {
      return RemedyLadder(steps: [])
    }
    switch current {
    case .fp32: return RemedyLadder(steps: major >= 8 ? steps : [steps[0]], isMonotone: false)
    case .autocastBF16: return RemedyLadder(steps: [steps[1]])
    case .autocastFP16, .bf16, .fp16: return RemedyLadder(steps: [])
    }
  }

  /// Algorithms that keep less for each parameter.
  var optimizer: RemedyLadder {
    let leaner: [String: [String]] = [
      "adam": ["adam8bit", "adafactor", "sgd:momentum"],
      "adamw": ["adamw8bit", "adafactor", "sgd:momentum"],
      "nadam": ["adam8bit", "sgd:momentum"], "radam": ["adam8bit", "sgd:momentum"],
      "adamax": ["adam8bit", "sgd:momentum"], "lion": ["sgd"], "rmsprop": ["sgd"],
      "adagrad": ["sgd"], "adadelta": ["sgd:momentum"], "sgd": ["sgd"],
    ]
    let family = training.optimizer.prefix { $0 != ":" }
    let names = (leaner[String(family)] ?? []).filter { $0 != training.optimizer }
    return RemedyLadder(
      steps: names.map { name in
        Remedy(.optimizer, "the optimizer \(name)", concern: "another optimizer") {
          $0.training.optimizer = name
        }
      }, isMonotone: false)
  }

  /// Fewer samples in a step.
  var batch: RemedyLadder {
    let size = batchSize
    let halves = (1...20).map { size >> $0 }.filter { $0 >= 1 }
    return RemedyLadder(
      steps: halves.map { half in
        Remedy(
          .batch, "a batch of \(half)", concern: "another batch",
          samples: Double(half) / Double(size)
        ) { $0.bindings.setBatch(half) }
      }, isCombinable: false)
  }

  /// The first parts of the network not trained.
  var frozen: RemedyLadder {
    guard training.frozen.isEmpty else { return RemedyLadder(steps: []) }
    return RemedyLadder(
      steps: FreezableParts(graph).cuts.map { cut in
        Remedy(.frozen, cut.title, concern: "fewer parameters are trained") {
          $0.training.frozen = cut.patterns.map { NamePattern($0) }
        }
      })
  }

  /// Small matrices beside the linear layers trained in place of all parameters.
  var adapters: RemedyLadder {
    let rank = 16
    guard training.adapters == nil, training.frozen.isEmpty,
      graph.adapted(by: LowRankAdapters(rank: rank)).nodes.count > graph.nodes.count
    else { return RemedyLadder(steps: []) }
    return RemedyLadder(steps: [
      Remedy(
        .adapters, "low-rank adapters of rank \(rank)", concern: "adapters alone are trained"
      ) { $0.training.adapters = LowRankAdapters(rank: rank) }
    ])
  }
}

extension Graph {
  /// Whether a block reads what more than three others made: PyTorch hands it a list, as DenseNet's layers have.
  ///
  /// The list has grown by the time the block would run again, so that wrapping it in a checkpoint fails.
  fileprivate func readsGrowingLists(_ regions: [Recomputation.Region]) -> Bool {
    var makers: [ValueID: Int] = [:]
    for (index, region) in regions.enumerated() {
      for case let output? in nodes[region.nodes].flatMap(\.outputs) { makers[output] = index }
    }
    return regions.enumerated().contains { index, region in
      let inputs = nodes[region.nodes].flatMap(\.inputs).compactMap(\.self)
      return Set(inputs.compactMap { makers[$0] }).subtracting([index]).count > 3
    }
  }

  fileprivate var normalizesBatches: Bool {
    nodes.contains { $0.operatorName == "BatchNormalization" }
  }
}
