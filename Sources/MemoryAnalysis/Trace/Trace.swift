public import ModelGraph

/// The allocations and frees of one inference or one training step, in order.
///
/// Executors write it; allocators, footprints and charts read it and nothing else.
public struct Trace: Hashable, Sendable {
  /// What runs, in order.
  public var steps: [Step]

  /// Every buffer that is made, in order.
  public var allocations: [Allocation]
  public var events: [Event]

  public init(steps: [Step] = [], allocations: [Allocation] = [], events: [Event] = []) {
    self.steps = steps
    self.allocations = allocations
    self.events = events
  }
}

extension Trace {
  /// One node at work.
  public struct Step: Hashable, Sendable {
    /// The name of the node; the name of its first output if it has none.
    public var node: String
    public var operatorName: OperatorName
    public var phase: Phase

    public init(node: String, operatorName: OperatorName, phase: Phase) {
      self.node = node
      self.operatorName = operatorName
      self.phase = phase
    }
  }

  public enum Phase: String, Hashable, Sendable, CaseIterable {
    case forward, backward, optimizer
  }

  /// One buffer.
  public struct Allocation: Hashable, Sendable {
    var label: Label
    public var bytes: ByteCount
    public var category: Category

    /// The step that makes it, or -1: most of what a trace takes are its allocations.
    private var stepNumber: Int32

    public init(name: String, bytes: ByteCount, category: Category, step: Int?) {
      self.init(label: Label(owner: name), bytes: bytes, category: category, step: step)
    }

    init(label: Label, bytes: ByteCount, category: Category, step: Int?) {
      self.label = label
      self.bytes = bytes
      self.category = category
      stepNumber = step.map { Int32(truncatingIfNeeded: $0) } ?? -1
    }

    /// The step that makes it; `nil` if it is there before the first.
    public var step: Int? {
      get { stepNumber < 0 ? nil : Int(stepNumber) }
      set { stepNumber = newValue.map { Int32(truncatingIfNeeded: $0) } ?? -1 }
    }

    /// The name of the value that is made in it.
    public var name: String { label.text }
  }

  /// A buffer's name in the parts that are there anyway: most traces are measured, and their names never read.
  struct Label: Hashable, Sendable {
    var owner: String

    /// Which of what the owner makes it is; empty if that is all.
    var part = ""

    var text: String { part.isEmpty ? owner : "\(owner): \(part)" }
  }

  /// What a buffer is for.
  public enum Category: String, Hashable, Sendable, CaseIterable {
    case parameter, state, input, gradient
    case optimizerState = "optimizer state"
    case activation

    /// Scratch of one node, dead when it ends.
    case workspace
  }

  /// What happens next; the numbers are indices into ``steps`` and ``allocations``.
  public enum Event: Hashable, Sendable {
    case begin(Int32)
    case allocate(Int32)
    case free(Int32)
  }
}

extension Trace {
  /// Adds a step and begins it.
  mutating func begin(_ step: consuming Step) {
    events.append(.begin(Int32(truncatingIfNeeded: steps.count)))
    steps.append(step)
  }

  /// Adds a buffer and returns its index.
  @discardableResult
  mutating func allocate(_ allocation: consuming Allocation) -> Int32 {
    let index = Int32(truncatingIfNeeded: allocations.count)
    allocations.append(allocation)
    events.append(.allocate(index))
    return index
  }

  /// Makes room for what is to be added.
  mutating func reserveCapacity(steps: Int, allocations: Int, events: Int) {
    self.steps.reserveCapacity(self.steps.count + steps)
    self.allocations.reserveCapacity(self.allocations.count + allocations)
    self.events.reserveCapacity(self.events.count + events)
  }

  mutating func free(_ index: Int32) { events.append(.free(index)) }
}
