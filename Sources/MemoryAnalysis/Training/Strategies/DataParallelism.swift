/// One of several processes that train copies of a model and average their gradients: PyTorch's
/// `DistributedDataParallel`.
///
/// Gradients are sent in buckets, flat tensors that hold those of many parameters. Li et al., "PyTorch Distributed",
/// 2020, <https://arxiv.org/abs/2006.15704>; `torch/nn/parallel/distributed.py`, PyTorch 2.15.
public struct DataParallelism: Hashable, Sendable {
  /// How many processes there are.
  public var processes: Int

  /// Whether gradients lie in the buckets and nowhere else (`gradient_as_bucket_view`).
  public var gradientsAreViews = false

  /// The size after which a bucket is full, in mebibytes (`bucket_cap_mb`); `nil` for 25, with a first bucket of 1.
  public var bucketMebibytes: Int?

  /// Whether parameters without a gradient are looked for in each step (`find_unused_parameters`).
  public var findsUnused = false

  /// Whether buffers are sent before each forward pass (`broadcast_buffers`).
  public var sendsState = true

  public init(processes: Int) { self.processes = processes }

  /// How many processes there may be.
  public static let counts = 1...1_048_576

  /// The sizes that buckets may have, in mebibytes.
  public static let bucketSizes = 1...1_048_576

  /// Reads `PROCESSES`, or `PROCESSES:OPTIONS` with `views`, `bucket=MEBIBYTES`, `unused` and `no-buffers`.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let processes = Int(first), Self.counts ~= processes else {
      return nil
    }
    self.init(processes: processes)
    guard parts.count > 1 else { return }
    for option in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
      guard read(option) else { return nil }
    }
  }

  private mutating func read(_ option: Substring) -> Bool {
    switch option {
    case "views": gradientsAreViews = true
    case "unused": findsUnused = true
    case "no-buffers": sendsState = false
    default:
      guard option.hasPrefix("bucket="), let size = Int(option.dropFirst("bucket=".count)),
        Self.bucketSizes ~= size
      else { return false }
      bucketMebibytes = size
    }
    return true
  }

  /// The sizes after which the first and all further buckets are full, in bytes.
  var bucketLimits: [Int] {
    bucketMebibytes.map { [$0 << 20] } ?? [1 << 20, 25 << 20]
  }

  /// The size of what is sent at once of parameters and buffers, in bytes.
  static let sentAtOnce = 250 << 20
}

extension DataParallelism: CustomStringConvertible {
  public var description: String {
    let options = [
      gradientsAreViews ? "views" : nil, bucketMebibytes.map { "bucket=\($0)" },
      findsUnused ? "unused" : nil, sendsState ? nil : "no-buffers",
    ].compactMap(\.self)
    return options.isEmpty ? "\(processes)" : "\(processes):\(options.joined(separator: ","))"
  }
}
