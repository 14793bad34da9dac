public import ModelGraph

/// The memory of a graph as a runtime of TensorFlow Lite plans it before it runs.
public struct LitePlan: Hashable, Sendable {
  /// What lies in the arena, with offsets.
  public var buffers: [PlacedBuffer]

  /// The size of the arena; those of subgraphs that are planned apart count for the session.
  public var arena: ByteCount

  /// The live bytes at the busiest step.
  public var lowerBound: ByteCount

  /// What lies beside the arena for the whole session.
  public var session: [SessionBuffer]

  /// The block that a runtime plans for what outlives its runs, variables and unpacked constants
  /// among it; nothing where there is no such block.
  public var sessionArena: ByteCount

  /// What the kernels take from the heap while they run, because only running tells its size.
  public var heap: ByteCount

  /// The step at which each node of the first subgraph begins, as the planner counts.
  public var nodeSteps: [Int]

  /// The rule that placed the buffers.
  public var planner: String

  public struct PlacedBuffer: Hashable, Sendable {
    public var name: String
    public var bytes: ByteCount
    public var offset: Int

    /// The steps during which it is live, as the planner counts them.
    public var steps: Range<Int>

    /// Whether it is scratch of one node.
    public var isScratch: Bool
  }

  /// Something that outlives every run.
  public struct SessionBuffer: Hashable, Sendable {
    public var name: String
    public var kind: Kind
    public var bytes: ByteCount

    public enum Kind: String, Hashable, Sendable, CaseIterable {
      /// A constant that is not read where it lies in the file but unpacked into a copy.
      case constantCopy

      /// A value that one run leaves for the next.
      case variable

      /// What a kernel keeps: weights turned, sums of rows.
      case kernel

      /// The arena of the body of a branch or a loop.
      case body

      /// Records of tensors and operators.
      case bookkeeping
    }
  }
}

extension LitePlan {
  /// The bytes of all that is kept for one reason.
  public func bytes(_ kind: SessionBuffer.Kind) -> ByteCount {
    session.filter { $0.kind == kind }.map(\.bytes).total()
  }

  /// All that lies beside the arena for the whole session.
  public var sessionBytes: ByteCount { session.map(\.bytes).total() }
}
