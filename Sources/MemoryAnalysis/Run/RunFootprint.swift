public import ModelGraph

/// What one inference takes besides the parameters.
public struct RunFootprint: Hashable, Sendable {
  /// The runtime that is modelled.
  public var runtime: Runtime

  /// Every node output once; views cost nothing.
  public var activations: Tally

  /// The busiest step of the graph's order.
  public var peak: Peak

  /// The counting of the MIT 6.5940 lecture; `nil` if no layer counts in it.
  public var lecture: LectureCount?

  /// One block that holds all activations.
  public var arena: Arena

  /// The block that ONNX Runtime itself plans; `nil` for other runtimes.
  public var patternBlock: ByteCount?
  public var work: WorkTally

  /// The live bytes at every step, in execution order.
  public var timeline: [Step]

  /// The buffers over the steps of ``timeline``; empty unless asked for.
  public var lifetimes: [Lifetime] = []

  /// The bytes of all parameters and state as stored, live for the whole session.
  public var weights: ByteCount

  /// The bytes of the graph's inputs and outputs, which lie outside the arena.
  public var inputsAndOutputs = ByteCount.zero

  /// The bytes live at the peak, by what they are for.
  public var breakdown: [Trace.Category: ByteCount] = [:]
  public var explanations: [Explanation]

  public struct Peak: Hashable, Sendable {
    public var bytes: ByteCount

    /// The node that runs at the peak.
    public var node: String

    /// The operator of that node.
    public var operatorName: String

    /// What is live then, largest first.
    public var live: [LiveValue]

    public init(bytes: ByteCount, node: String, operatorName: String, live: [LiveValue]) {
      self.bytes = bytes
      self.node = node
      self.operatorName = operatorName
      self.live = live
    }
  }

  public struct LiveValue: Hashable, Sendable {
    public var name: String
    public var bytes: ByteCount

    /// The node that made it; empty for an input.
    public var producer: String

    public init(name: String, bytes: ByteCount, producer: String) {
      self.name = name
      self.bytes = bytes
      self.producer = producer
    }
  }

  public struct Step: Hashable, Sendable {
    public var node: String
    public var operatorName: String
    public var liveBytes: ByteCount

    public init(node: String, operatorName: String, liveBytes: ByteCount) {
      self.node = node
      self.operatorName = operatorName
      self.liveBytes = liveBytes
    }
  }

  public init(
    runtime: Runtime, activations: Tally, peak: Peak, lecture: LectureCount?, arena: Arena,
    work: WorkTally, timeline: [Step], weights: ByteCount, explanations: [Explanation] = []
  ) {
    self.runtime = runtime
    self.activations = activations
    self.peak = peak
    self.lecture = lecture
    self.arena = arena
    self.work = work
    self.timeline = timeline
    self.weights = weights
    self.explanations = explanations
  }
}

/// A runtime whose inference is modelled.
public enum Runtime: String, Hashable, Sendable, CaseIterable {
  /// Eager PyTorch: a value is freed when its last reference goes.
  case pytorch

  /// ONNX Runtime's sequential executor with buffer reuse.
  case onnxruntime
}

/// Activations as the MIT 6.5940 lecture counts them, in elements.
///
/// The input and the outputs of convolution, pooling and linear layers count; activation functions
/// work in place. The peak is the largest input and output of one layer together.
/// <https://hanlab.mit.edu/courses/2024-fall-65940>
public struct LectureCount: Hashable, Sendable {
  public var activations: Int
  public var peak: Int

  /// The layer at the peak.
  public var node: String

  public init(activations: Int, peak: Int, node: String) {
    self.activations = activations
    self.peak = peak
    self.node = node
  }
}

/// The block that an offset planner needs for all activations.
public struct Arena: Hashable, Sendable {
  public var bytes: ByteCount

  /// The live bytes at the busiest step, below which no placement can go.
  public var lowerBound: ByteCount
  public var planner: String

  /// Whether the placement reaches the lower bound.
  public var isOptimal: Bool { bytes == lowerBound }

  public init(bytes: ByteCount, lowerBound: ByteCount, planner: String) {
    self.bytes = bytes
    self.lowerBound = lowerBound
    self.planner = planner
  }
}

/// The arithmetic of one inference.
public struct WorkTally: Hashable, Sendable {
  public var multiplyAccumulates: Int
  public var elementwise: Int

  public init(multiplyAccumulates: Int, elementwise: Int) {
    self.multiplyAccumulates = multiplyAccumulates
    self.elementwise = elementwise
  }
}
