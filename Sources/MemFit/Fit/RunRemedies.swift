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
    [cacheType, context, precision, weights, batch, sequence, image].filter {
      !$0.steps.isEmpty && !request.fit.kept.contains($0.axis)
    }
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
    let size = request.cache.context ?? cache.maximumContext ?? CacheFootprint.assumedContext
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
          .precision, "weights and activations in \(type.rawValue)",
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
    let size = request.bindings.sizes["batch"] ?? request.bindings.batch ?? graph?.batchSize ?? 1
    let halves = (1...20).map { size >> $0 }.filter { $0 >= 1 }
    return RemedyLadder(
      steps: halves.map { half in
        Remedy(.batch, "a batch of \(half)", samples: Double(half) / Double(size)) {
          $0.bindings.setBatch(half)
        }
      })
  }

  var sequence: RemedyLadder {
    guard let length = request.bindings.sequence, length >= 2 else {
      return RemedyLadder(steps: [])
    }
    return RemedyLadder(
      steps: (1...6).map { length >> $0 }.filter { $0 >= 1 }.map { half in
        Remedy(.sequence, "\(half) tokens at once", concern: "shorter sequences") {
          $0.bindings.sequence = half
        }
      }, isCombinable: false)
  }

  var image: RemedyLadder {
    let sides = SmallerImages(request.bindings.image ?? graph?.imageSize).sizes
    return RemedyLadder(
      steps: sides.map { size in
        Remedy(.image, "images of \(size.height) × \(size.width)", concern: "smaller images") {
          $0.bindings.image = size
        }
      }, isCombinable: false)
  }
}

/// The images to try in place of larger ones: sides of multiples of 32.
struct SmallerImages {
  let sizes: [Bindings.ImageSize]

  init(_ image: Bindings.ImageSize?) {
    guard let image else {
      sizes = []
      return
    }
    sizes = [(7, 8), (3, 4), (5, 8), (1, 2)].map { part, whole in
      Bindings.ImageSize(
        height: image.height * part / whole / 32 * 32, width: image.width * part / whole / 32 * 32)
    }.filter { $0.height >= 32 && $0.width >= 32 }
  }
}
