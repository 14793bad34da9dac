import ModelGraph

/// The flat tensors in which gradients are sent to other processes.
struct GradientBuckets {
  /// The parameters of each bucket, by index.
  private(set) var members: [[Int]] = []

  /// The storage of each bucket.
  private(set) var storages: [Int] = []

  /// The bucket of each parameter.
  private var places: [Int: Int] = [:]

  /// The parameters in the order in which the first backward pass reached them.
  private(set) var arrivals: [Int] = []
  private var arrived: Set<Int> = []

  /// Whether the buckets follow the order of arrival.
  private(set) var areRebuilt = false

  func hasArrived(_ parameter: Int) -> Bool { arrived.contains(parameter) }

  mutating func note(_ parameter: Int) {
    if arrived.insert(parameter).inserted { arrivals.append(parameter) }
  }

  /// Forgets the buckets; returns their storages.
  mutating func clear() -> [Int] {
    defer { (members, storages, places) = ([], [], [:]) }
    return storages
  }

  mutating func append(_ parameters: [Int], in storage: Int) {
    for parameter in parameters { places[parameter] = storage }
    members.append(parameters)
    storages.append(storage)
  }

  mutating func noteRebuilt() { areRebuilt = true }

  /// The storage of a parameter's bucket.
  func storage(of parameter: Int) -> Int? { places[parameter] }
}

extension GradientBuckets {
  /// Which tensors go into one bucket: one after the other until a limit is reached, each data type apart.
  ///
  /// Each type meets the limits in turn, the last of them again and again. Positions come out in buckets ordered by
  /// their first tensor, or as they fill up.
  /// Source: `compute_bucket_assignment_by_size` of `torch/csrc/distributed/c10d/reducer.cpp`, PyTorch 2.15.
  static func assignment(
    of types: [TensorType], limits: [Int], isSorted: Bool
  ) -> [[Int]] {
    var full: [[Int]] = []
    var open: [(type: DataType, members: [Int], bytes: ByteCount, limit: Int)] = []
    for (position, type) in types.enumerated() {
      let place = open.firstIndex { $0.type == type.dataType } ?? open.count
      if place == open.count { open.append((type.dataType, [], .zero, 0)) }
      open[place].members.append(position)
      open[place].bytes += type.byteCount
      let limit = ByteCount(limits[min(open[place].limit, limits.count - 1)])
      guard open[place].bytes >= limit else { continue }
      full.append(open[place].members)
      open[place] = (type.dataType, [], .zero, open[place].limit + 1)
    }
    // A hash table gives the type back first that it met last.
    full += open.reversed().map(\.members).filter { !$0.isEmpty }
    return isSorted ? full.sorted { ($0.first ?? 0) < ($1.first ?? 0) } : full
  }
}
