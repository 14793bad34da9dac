/// A part of a network that PyTorch can compute again in the backward pass.
public struct PlannedRegion: Hashable, Sendable {
  public var nodes: Range<Int>

  /// The path of a module, or of several that follow each other in one other.
  public var modules: [String]

  /// The products whose results are kept all the same, in the order in which they run.
  public var kept: [KeptProduct] = []

  /// What to call it: the path, or the first and the last of several.
  public var name: String {
    guard let first = modules.first, let last = modules.last, modules.count > 1 else {
      return modules.first ?? ""
    }
    let start = last.lastIndex(of: ".").map { last.index(after: $0) } ?? last.startIndex
    return "\(first)–\(last[start...])"
  }

  /// The numbers of the calls whose results are kept, by operator.
  public var keptCalls: [(operatorName: String, indices: [Int])] {
    Dictionary(grouping: kept, by: \.operatorName).sorted { $0.key < $1.key }
      .map { ($0.key, $0.value.map(\.index)) }
  }
}

/// A product in a region, as a selective policy tells it from the others.
public struct KeptProduct: Hashable, Sendable {
  public var node: Int

  /// The operator in `torch.ops.aten`.
  public var operatorName: String

  /// The number of calls of the operator in the region before this one.
  public var index: Int
}

/// Regions to compute again, and what that takes.
public struct RegionPlan: Hashable, Sendable {
  public var regions: [PlannedRegion]

  /// The most bytes that a steady step asks for, with the training executor's own replay.
  public var peakBytes: Int

  /// The time of what runs again, as a share of a step without: by the roofline of the device.
  public var overhead: Double

  /// The multiply-accumulates of what runs again, as a share of a step without.
  public var extraWork: Double
}
