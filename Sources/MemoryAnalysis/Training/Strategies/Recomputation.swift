/// What of the forward pass is dropped and computed again in the backward pass.
///
/// Each region stands for one call of `torch.utils.checkpoint.checkpoint`: what comes into it is
/// kept, nothing that autograd would save in it is, and the first gradient that asks for something
/// saved has the region run once more. Regions are any runs of nodes in the graph's order, such as
/// calls of modules or what a planner cuts; they do not overlap.
/// Source: `torch/utils/checkpoint.py`, PyTorch 2.15.
public struct Recomputation: Hashable, Sendable {
  /// The regions in the order of their nodes; none is empty and no two overlap.
  public private(set) var regions: [Region]

  /// Whether it is the model's library that computes its blocks again, not PyTorch's function called for some modules.
  ///
  /// transformers then lets what embeddings of the input make give gradients where nothing that they read does.
  /// Source: `enable_input_require_grads` of `modeling_utils.py`, transformers 5.23.
  public var isByLibrary = false

  /// Nothing is computed again.
  public static let none = Recomputation([])

  /// Consecutive nodes that are computed again together.
  public struct Region: Hashable, Sendable {
    /// The positions of the nodes in their graph.
    public var nodes: Range<Int>

    /// What the region is called, such as the path of a module.
    public var name: String

    /// Whether the backward pass of the region is a backward pass inside the other
    /// (`use_reentrant=True`).
    public var isReentrant: Bool

    /// The positions of the nodes whose products are kept all the same, as a selective policy says.
    ///
    /// What their kernels make is held from the first run to the second, which does not run them.
    /// `torch.utils.checkpoint.create_selective_checkpoint_contexts`; not of reentrant regions.
    public var kept: Set<Int>

    /// Regions inside of it, in order: when it is computed again nothing is saved in them but what comes into them, and each
    /// is computed again by itself when a gradient asks for it; not of reentrant regions.
    public var inner: [Range<Int>]

    public init(
      nodes: Range<Int>, name: String = "", isReentrant: Bool = false, kept: Set<Int> = [],
      inner: [Range<Int>] = []
    ) {
      self.nodes = nodes
      self.name = name
      self.isReentrant = isReentrant
      self.kept = isReentrant ? [] : kept
      self.inner =
        isReentrant
        ? [] : inner.filter { nodes.contains($0.lowerBound) && nodes.upperBound >= $0.upperBound }
    }
  }

  /// Makes a recomputation of regions in any order; of two that overlap, the one that begins first
  /// is taken.
  public init(_ regions: [Region]) {
    self.regions = []
    var end = Int.min
    for region in regions.sorted(by: { $0.nodes.lowerBound < $1.nodes.lowerBound })
    where !region.nodes.isEmpty && region.nodes.lowerBound >= end {
      self.regions.append(region)
      end = region.nodes.upperBound
    }
  }

  /// Makes a recomputation of single nodes: each run of nodes that follow each other is a region.
  public init(nodes: some Sequence<Int>) {
    var runs: [Range<Int>] = []
    for node in Set(nodes).sorted() {
      if let last = runs.last, last.upperBound == node {
        runs[runs.count - 1] = last.lowerBound..<node + 1
      } else {
        runs.append(node..<node + 1)
      }
    }
    self.init(runs.map { Region(nodes: $0) })
  }
}
