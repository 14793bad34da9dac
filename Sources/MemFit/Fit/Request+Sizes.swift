import MemoryAnalysis
import ModelGraph
import Operators

extension MemFit.Request {
  /// The samples of a graph's batch, as chosen or as the graph has them.
  func batchSize(of graph: Graph?) -> Int {
    bindings.sizes["batch"] ?? bindings.batch ?? graph?.batchSize ?? 1
  }

  /// The height and width of images, as chosen or as the graph has them; `nil` if it takes none.
  func imageSize(of graph: Graph?) -> Bindings.ImageSize? { bindings.image ?? graph?.imageSize }

  /// The tokens that a decoder keeps, as chosen or as many as it can.
  func contextSize(of cache: DecoderCache) -> Int {
    self.cache.context ?? cache.maximumContext ?? CacheFootprint.assumedContext
  }
}

extension Bindings {
  /// Sets the batch by the name by which it was chosen.
  mutating func setBatch(_ size: Int) {
    if sizes["batch"] == nil { batch = size } else { sizes["batch"] = size }
  }
}

extension Graph {
  private var firstInput: TensorType? { inputs.first.flatMap { self[$0].type.tensorType } }

  /// The length of the first axis of the first input.
  fileprivate var batchSize: Int? { firstInput?.shape.first }

  /// The height and width of an input of four axes.
  fileprivate var imageSize: Bindings.ImageSize? {
    guard let shape = firstInput?.shape, shape.count == 4 else { return nil }
    let axes = imageAxes(ofSizes: Array(shape))
    return Bindings.ImageSize(height: shape[axes.lowerBound], width: shape[axes.lowerBound + 1])
  }

  /// The length of the second axis of an input of tokens.
  var sequenceLength: Int? {
    guard let type = firstInput, type.rank == 2, [.int64, .int32].contains(type.dataType) else {
      return nil
    }
    return type.shape[1]
  }
}
