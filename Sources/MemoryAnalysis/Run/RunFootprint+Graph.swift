public import ModelGraph
import Operators

extension RunFootprint {
  /// Works out what one inference takes.
  ///
  /// - Parameters:
  ///   - graph: The graph with all sizes known.
  ///   - runtime: The runtime that is modelled.
  ///   - weights: The bytes of parameters and state; those in the graph if not given.
  ///   - offlinePlan: The words of the file's `OfflineMemoryAllocation`, if it has them.
  ///   - withLifetimes: Whether to tell when each buffer is live.
  public init(
    of graph: Graph, runtime: Runtime = .pytorch, weights: ByteCount? = nil,
    offlinePlan: [Int]? = nil, withLifetimes: Bool = false
  ) {
    let graph = graph.inOrder(of: runtime)
    let facts = GraphFacts(graph)
    let plan =
      runtime.plansArena
      ? LitePlan(of: graph, runtime: runtime, offlinePlan: offlinePlan) : nil
    let trace = plan.map { LiteTrace(graph, $0).trace } ?? runtime.inference.trace(of: graph)
    let footprint = Footprint(of: trace)
    self.init(
      runtime: runtime,
      activations: Self.activations(of: facts, views: runtime.views),
      peak: Self.peak(of: trace, footprint),
      lecture: LectureCount(of: facts, StoredValues(facts)),
      arena: plan.map(Arena.init) ?? Arena(of: facts, views: runtime.views),
      work: WorkTally(of: facts),
      timeline: Self.timeline(of: trace, footprint),
      weights: weights ?? facts.storedBytes)
    patternBlock = runtime == .onnxruntime ? Arena.patternBlock(of: facts) : nil
    litePlan = plan
    inputsAndOutputs =
      plan == nil
      ? Set(graph.inputs + graph.outputs).map { graph[$0].type.byteCount }.total() : .zero
    breakdown = footprint.breakdown
    lifetimes = withLifetimes ? trace.lifetimes() : []
    explanations = explained(facts, footprint)
  }

  /// Every node output that is a buffer of its own.
  private static func activations(of facts: GraphFacts, views: ViewRule) -> Tally {
    let storages = Storages(facts, views: views)
    return facts.graph.nodes.reduce(into: Tally.zero) { sum, node in
      for case let output? in node.outputs
      where facts.isActivation(output) && storages.isOwn(output) {
        let type = facts.graph[output].type
        sum += Tally(count: type.elementCount, bytes: type.byteCount)
      }
    }
  }

  private static func peak(of trace: Trace, _ footprint: Footprint) -> Peak {
    let step = footprint.peakStep.map { trace.steps[$0] }
    let live = footprint.live.map { index -> LiveValue in
      let allocation = trace.allocations[index]
      return LiveValue(
        name: allocation.name, bytes: allocation.bytes,
        producer: allocation.step.map { trace.steps[$0].node } ?? "")
    }
    return Peak(
      bytes: footprint.peak, node: step?.node ?? "",
      operatorName: step?.operatorName.description ?? "", live: live)
  }

  private static func timeline(of trace: Trace, _ footprint: Footprint) -> [Step] {
    zip(trace.steps, footprint.liveBytes).map { step, bytes in
      Step(node: step.node, operatorName: step.operatorName.description, liveBytes: bytes)
    }
  }
}

extension GraphFacts {
  /// The bytes of all parameters and state, those in the bodies of control flow included.
  var storedBytes: ByteCount {
    let own = graph.values.filter { $0.role == .parameter || $0.role == .state }
    return own.map(\.type.byteCount).total()
      + graph.bodies.map { GraphFacts($0).storedBytes }.total()
  }
}
