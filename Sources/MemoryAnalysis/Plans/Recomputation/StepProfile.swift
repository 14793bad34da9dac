import ModelGraph
import Operators

/// What a training step without recomputation holds, node by node.
struct StepProfile {
  /// The live bytes after each node of the forward pass; the first entry is before any.
  private(set) var live: [Int]

  /// The most bytes live while the backward pass works on each node.
  private(set) var backward: [Int]

  /// The seconds of each node in the forward pass, and its multiply-accumulates.
  let times: [Double]
  let work: [Double]

  /// What running each node again costs, as a share of a forward pass.
  let prices: [Double]

  /// What each node did in the forward pass.
  let runs: [NodeRun]

  init(
    _ run: TrainingTrace, _ facts: GraphFacts, _ roofline: Roofline, _ price: RecomputationPrice
  ) {
    let count = facts.graph.nodes.count
    live = Array(repeating: 0, count: count + 1)
    backward = Array(repeating: 0, count: count)
    times = facts.graph.nodes.indices.map { facts.seconds(of: $0, roofline) }
    work = facts.graph.nodes.indices.map { Double(facts.work(of: $0).multiplyAccumulates) }
    let whole = (time: times.positiveSum, work: work.positiveSum)
    prices = zip(times, work).map { price.price(time: $0 / whole.time, work: $1 / whole.work) }
    runs = run.nodeRuns
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

  /// Where the second run of nodes in a row stops: at the last that saves something, before its kernel
  /// if that keeps operands alone.
  func end(of nodes: Range<Int>) -> Int {
    guard let last = nodes.last(where: { runs[$0].saving != .nothing }) else {
      return nodes.lowerBound
    }
    return runs[last].saving == .operands ? last : last + 1
  }

  /// What runs again of a region, of some figure of nodes.
  private func sum(_ figures: [Double], _ region: PlannedRegion) -> Double {
    let again = region.nodes.lowerBound..<end(of: region.nodes)
    let kept = region.kept.map { figures[$0.node] }.reduce(0, +)
    return max(0, figures[again].reduce(0, +) - kept)
  }

  /// What the second run of a region costs.
  func price(of region: PlannedRegion) -> Double { sum(prices, region) }

  /// The share of a step that the second runs of regions add, in time and in multiply-accumulates.
  ///
  /// A backward pass does twice the work of a forward pass.
  func overhead(of regions: [PlannedRegion]) -> (time: Double, work: Double) {
    func share(_ figures: [Double]) -> Double {
      regions.map { sum(figures, $0) }.reduce(0, +) / (3 * figures.positiveSum)
    }
    return (share(times), share(work))
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

extension [Double] {
  /// The sum, as a divisor.
  fileprivate var positiveSum: Double { Swift.max(reduce(0, +), .leastNormalMagnitude) }
}

extension GraphFacts {
  /// The time of a node in the forward pass, at best.
  fileprivate func seconds(of step: Int, _ roofline: Roofline) -> Double {
    let node = graph.nodes[step]
    let work = work(of: step)
    let isView =
      definitions[step].map { !$0.aliases.isEmpty || !$0.stridedAliases.isEmpty } ?? false
    guard !isView else { return 0 }
    let traffic = (uses(of: node) + node.outputs.compactMap(\.self)).map {
      graph[$0].type.byteCount
    }
    return roofline.time(operations: work.operations, bytes: traffic.total().value)
  }
}
