import ModelGraph
import Operators

/// What a training step without recomputation holds, node by node.
struct StepProfile {
  /// The live bytes after each node of the forward pass; the first entry is before any.
  private(set) var live: [Int]

  /// The most bytes live while the backward pass works on each node.
  private(set) var backward: [Int]

  /// The seconds of each node in the forward pass.
  let times: [Double]

  init(_ run: TrainingTrace, _ facts: GraphFacts, _ roofline: Roofline) {
    let count = facts.graph.nodes.count
    live = Array(repeating: 0, count: count + 1)
    backward = Array(repeating: 0, count: count)
    times = facts.graph.nodes.indices.map { facts.seconds(of: $0, roofline) }
    var reader = Reader(run.trace, facts)
    reader.read(0..<Self.events(of: .forward, run).lowerBound)
    reader.rewind()
    live[0] = reader.live
    reader.read(Self.events(of: .forward, run)) { node, bytes in
      if let node { live[node + 1] = bytes }
    }
    for node in 0..<count where live[node + 1] == 0 { live[node + 1] = live[node] }
    reader.isBackward = true
    reader.read(Self.events(of: .backward, run)) { node, bytes in
      if let node { backward[node] = max(backward[node], bytes) }
    }
  }

  /// The events of a phase of the second step, which is like all that follow.
  private static func events(
    of phase: TrainingTrace.Phase, _ run: TrainingTrace
  ) -> Range<Int> {
    run.phases(ofStep: 1).first { $0.phase == phase }?.events ?? 0..<0
  }

  /// Goes through the events of a trace and tells the live bytes after each, with the node they are for.
  private struct Reader {
    private let trace: Trace
    private let nodes: [String: [Int]]
    private var node: Int?
    private(set) var live = 0

    /// Whether nodes come in falling order.
    var isBackward = false

    init(_ trace: Trace, _ facts: GraphFacts) {
      self.trace = trace
      nodes = Dictionary(grouping: facts.graph.nodes.indices) {
        facts.displayName(facts.graph.nodes[$0])
      }
    }

    mutating func read(_ events: Range<Int>, _ tell: (Int?, Int) -> Void = { _, _ in }) {
      for event in trace.events[events] {
        switch event {
        case .begin(let step): node = next(named: trace.steps[Int(step)].node) ?? node
        case .allocate(let index): live += trace.allocations[Int(index)].bytes.value
        case .free(let index): live -= trace.allocations[Int(index)].bytes.value
        }
        tell(node, live)
      }
    }

    mutating func rewind() { node = nil }

    /// The nearest node of a name, from the one before on.
    private func next(named name: String) -> Int? {
      guard let candidates = nodes[name] else { return nil }
      guard let node else { return isBackward ? candidates.last : candidates.first }
      return isBackward
        ? candidates.last { $0 <= node } : candidates.first { $0 >= node }
    }
  }
}

extension GraphFacts {
  /// The time of a node in the forward pass, at best.
  fileprivate func seconds(of step: Int, _ roofline: Roofline) -> Double {
    let node = graph.nodes[step]
    let outputs = node.outputs.map { $0.map { graph[$0].type } ?? .unknown }
    let work = definitions[step]?.work(call(node), outputs: outputs) ?? .zero
    let isView =
      definitions[step].map { !$0.aliases.isEmpty || !$0.stridedAliases.isEmpty } ?? false
    guard !isView else { return 0 }
    let traffic = (uses(of: node) + node.outputs.compactMap(\.self)).map {
      graph[$0].type.byteCount
    }
    return roofline.time(operations: work.operations, bytes: traffic.total().value)
  }
}
