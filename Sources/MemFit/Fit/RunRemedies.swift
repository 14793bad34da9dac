import MemoryAnalysis
import ModelGraph
import Reports

/// The ways to run in less memory, for one request.
///
/// To add one, add a ladder of its steps to ``all``.
struct RunRemedies {
  let request: MemFit.Request
  let model: Model
  let graph: Graph?
  let store: StoreFootprint
  let device: Device

  var all: [RemedyLadder] {
    [
      order, cacheType, context, precision, weights, batch,
      .shorterSequences(than: request.bindings.sequence),
      .smallerImages(than: request.imageSize(of: graph), isCombinable: true),
    ].allowed(request)
  }

  /// The nodes in a better order, where the order can matter.
  var order: RemedyLadder {
    guard let graph, !request.ordersNodes, graph.hasBranches else {
      return RemedyLadder(steps: [])
    }
    return RemedyLadder(steps: [
      Remedy(.order, "nodes in the order with the least peak" + writing) { $0.ordersNodes = true }
    ])
  }

  /// How the order comes into the file.
  private var writing: String {
    guard model.format == ONNX.name, !MemFit.isRemote(model.source) else { return "" }
    return " (memfit plan order \(model.source.quotedForShell) --write FILE.onnx)"
  }

  /// Keys and values in a narrower type.
  var cacheType: RemedyLadder {
    guard let cache = model.cache else { return RemedyLadder(steps: []) }
    let current = CacheFootprint(of: cache, batch: 1, request.cache).needed
    let types = [DataType.float8E4M3FN, .q8_0, .q4_0].filter { type in
      var changed = request.cache
      changed.dataType = type
      return CacheFootprint(of: cache, batch: 1, changed).needed < current
    }
    return RemedyLadder(
      steps: types.map { type in
        Remedy(
          .cache, "keys and values in \(type.rawValue)",
          concern: "keys and values are rounded to \(type.rawValue)"
        ) { $0.cache.dataType = type }
      }, isMonotone: false)
  }

  var context: RemedyLadder {
    guard let cache = model.cache else { return RemedyLadder(steps: []) }
    let size = request.contextSize(of: cache)
    let halves = (1...16).map { size >> $0 }.filter { $0 >= 512 }
    return RemedyLadder(
      steps: halves.map { half in
        Remedy(.context, "a context of \(half) tokens", concern: "a shorter context") {
          $0.cache.context = half
        }
      }, isCombinable: false)
  }

  /// Weights and activations in another type.
  var precision: RemedyLadder {
    guard graph != nil, request.activationType == nil else { return RemedyLadder(steps: []) }
    let types: [DataType] = device.kind == .microcontroller ? [.int8] : [.float16]
    return RemedyLadder(
      steps: types.filter(isNarrower).map { type in
        Remedy(
          .precision, "everything in \(type.rawValue)",
          concern: "everything is rounded to \(type.rawValue)"
        ) {
          $0.activationType = type
          $0.weightType = type
        }
      })
  }

  /// Weights alone in a narrower type.
  var weights: RemedyLadder {
    let types: [DataType] =
      device.kind == .microcontroller ? [.int8, .int4] : [.float16, .int8, .q6_K, .q4_K, .q2_K]
    return RemedyLadder(
      steps: types.filter(isNarrower).map { type in
        Remedy(
          .weights, "weights in \(type.rawValue)",
          concern: "weights are rounded to \(type.rawValue)"
        ) { $0.weightType = type }
      })
  }

  private func isNarrower(_ type: DataType) -> Bool {
    store.residentBytes(in: type) < store.residentBytes(in: request.weightType)
  }

  var batch: RemedyLadder {
    let size = request.batchSize(of: graph)
    let halves = (1...20).map { size >> $0 }.filter { $0 >= 1 }
    return RemedyLadder(
      steps: halves.map { half in
        Remedy(.batch, "a batch of \(half)", samples: Double(half) / Double(size)) {
          $0.bindings.setBatch(half)
        }
      })
  }
}

extension Graph {
  /// Whether some value is read by more than one node, so that there are orders to choose from.
  fileprivate var hasBranches: Bool {
    var readers: [ValueID: Int] = [:]
    for node in nodes {
      for case let id? in node.inputs where self[id].role == .activation {
        readers[id, default: 0] += 1
      }
    }
    return readers.values.contains { $0 > 1 }
  }
}
