/// A part of a network that PyTorch can compute again in the backward pass.
public struct PlannedRegion: Hashable, Sendable {
  public var nodes: Range<Int>
  public var place: Place

  /// The products whose results are kept all the same, in the order in which they run.
  public var kept: [KeptProduct] = []

  /// Where it lies, as Python code finds it.
  public enum Place: Hashable, Sendable {
    /// The path of a module, or of several that follow each other in one other.
    case modules([String])

    /// From a place between calls up to another, or to the end; and the first and the last module called there.
    case calls(from: CallPlace, upTo: CallPlace?, modules: [String])
  }

  /// What to call it: the path, or the first and the last of several.
  public var name: String {
    switch place {
    case .modules(let paths):
      guard let first = paths.first, let last = paths.last, paths.count > 1 else {
        return paths.first ?? ""
      }
      let start = last.lastIndex(of: ".").map { last.index(after: $0) } ?? last.startIndex
      return "\(first)–\(last[start...])"
    case .calls(_, _, let modules):
      guard let first = modules.first, let last = modules.last else { return "" }
      return first == last ? first : "\(first)–\(last)"
    }
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

  /// The calls that run earlier than in the model, where regions lie between calls.
  public var earlier: [EarlierCall] = []

  /// The paths of the modules, of the kind of ReLU6, that keep their result instead of what comes in.
  public var bounded: [String] = []

  /// The most bytes that a steady step asks for, with the training executor's own replay.
  public var peakBytes: Int

  /// The time of what runs again, as a share of a step without: by the roofline of the device.
  public var overhead: Double

  /// The multiply-accumulates of what runs again, as a share of a step without.
  public var extraWork: Double
}

/// A place between calls, as the path of a module tells it that is called once.
public enum CallPlace: Hashable, Sendable {
  case before(String)
  case after(String)
}

/// A call of a module that runs right before that of another, which it does not need.
public struct EarlierCall: Hashable, Sendable {
  public var path: String
  public var before: String
}

/// Where the regions of a plan may begin and end.
public enum RegionForm: String, Hashable, Sendable, CaseIterable {
  /// Before or after any call of a module: `torch.fx` traces the model and its calls are grouped anew.
  case calls

  /// Around modules, which are wrapped as they are.
  case modules
}
