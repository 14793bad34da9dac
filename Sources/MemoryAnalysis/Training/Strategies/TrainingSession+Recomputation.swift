import ModelGraph
import Operators

/// A recomputed region in one forward pass and in the backward pass that follows.
struct RegionRun {
  let region: Recomputation.Region

  /// Whether a library computes its blocks again, which gives them the places of tokens by name.
  let isByLibrary: Bool

  /// Whether it gives them all else by name, too, but what they go on with.
  let namesInputs: Bool

  /// Whether it gives them by name what gives gradients beside what they go on with.
  var namesGradients = false

  /// Whether it gives them the cosines and sines of positions by name.
  let namesPositions: Bool

  /// What came into the region from other nodes, each held.
  var inputs: [(id: ValueID, tensor: LiveTensor)]

  /// The nodes of the tape that the region's run noted, up to the last that saves something.
  var nodes: [Int] = []

  /// The nodes of the tape that have yet to let go of what they saved.
  var waiting = 0
  var isComputedAgain = false

  /// The regions inside of it, each with the places in ``nodes`` of what its run noted.
  var inner: [(steps: Range<Int>, nodes: Range<Int>)] = []

  /// The region around it, whose second run has made what comes into this one.
  var parent: Int?

  /// What the products of nodes made, each held until the second run takes it.
  var products: [Int: [Int?]] = [:]

  /// The inputs that autograd is given.
  ///
  /// Tensors that need no gradient, beside the first that is read, are given by name if two of them are the cosines and sines
  /// of positions, as layers of decoders are given them and a mask, or if the file is of a model whose source says so, and so are
  /// places; what is given by name is held, but not by autograd.
  /// Source: `save_inputs` of `torch/utils/checkpoint.py`, PyTorch 2.15; `modeling_llama.py` and, of what is given by
  /// position, `modeling_roformer.py`, transformers 5.23.
  var savedInputs: [LiveTensor] {
    if namesInputs { return inputs.prefix(1).map(\.tensor) }
    if namesGradients {
      let masks = inputs.dropFirst().map(\.tensor).filter {
        $0.edge == nil && !$0.layout.dataType.isInteger
      }
      return inputs.prefix(1).map(\.tensor) + masks
    }
    let others = inputs.dropFirst().map(\.tensor).filter { $0.edge == nil }
    let shapes = Set(others.map(\.layout.shape))
    guard namesPositions, shapes.count < others.count else {
      return inputs.map(\.tensor).enumerated().compactMap { index, tensor in
        index > 0 && isByLibrary && tensor.layout.dataType.isInteger ? nil : tensor
      }
    }
    return inputs.prefix(1).map(\.tensor)
      + inputs.dropFirst().map(\.tensor).filter { $0.edge != nil }
  }
}

extension TrainingSession {
  /// Runs a region of the forward pass.
  mutating func run(_ region: Recomputation.Region) {
    let isByLibrary = settings.strategy.recomputation.isByLibrary
    var run = RegionRun(
      region: region, isByLibrary: isByLibrary,
      namesInputs: isByLibrary && facts.graph.namesLayerInputs,
      namesPositions: !isByLibrary || facts.graph.namesLayerPositions, inputs: inputs(of: region))
    run.namesGradients = isByLibrary && facts.graph.namesLayerGradients
    for (_, tensor) in run.inputs { machine.ledger.retain(tensor.storage) }
    regions.append(run)
    let index = regions.count - 1
    guard !region.isReentrant else { return runUnwatched(index) }
    machine.recording = .deferring(region: index, nodes: [])
    for step in region.nodes {
      noteInner(step, of: &run)
      run.products[step] = keepingProducts(region.kept.contains(step)) { $0.runForward(step) }
    }
    noteInner(region.nodes.upperBound, of: &run)
    if case .deferring(_, let nodes) = machine.recording { run.nodes = nodes }
    machine.recording = .keeping
    run.waiting = run.nodes.count { machine.tape.nodes[$0].region != nil }
    let last = run.nodes.lastIndex { machine.tape.nodes[$0].region != nil }
    run.nodes.removeSubrange(((last ?? -1) + 1)...)
    regions[index] = run
    if run.waiting == 0 { releaseInputs(of: index) }
  }

  /// Notes at a step of a region's first run which regions inside of it begin and end there.
  private func noteInner(_ step: Int, of run: inout RegionRun) {
    guard !run.region.inner.isEmpty, case .deferring(_, let nodes) = machine.recording else {
      return
    }
    if let last = run.inner.last, last.steps.upperBound == step {
      run.inner[run.inner.count - 1].nodes = last.nodes.lowerBound..<nodes.count
    }
    if let next = run.region.inner.first(where: { $0.lowerBound == step }) {
      run.inner.append((next, nodes.count..<nodes.count))
    }
  }

  /// Runs something and holds what its products make, if asked to.
  private mutating func keepingProducts(
    _ isKept: Bool, _ run: (inout TrainingSession) -> Void
  ) -> [Int?]? {
    guard isKept else {
      run(&self)
      return nil
    }
    machine.products = .collecting([])
    run(&self)
    defer { machine.products = .none }
    guard case .collecting(let made) = machine.products else { return nil }
    return made
  }

  /// What nodes of a region read that other nodes or the input make, in the order of reading.
  private func inputs(
    of region: Recomputation.Region
  ) -> [(id: ValueID, tensor: LiveTensor)] {
    var seen = Set<ValueID>()
    return region.nodes.flatMap { facts.uses(of: facts.graph.nodes[$0]) }.compactMap { id in
      guard !facts.isStored(id), !isMade(id, in: region), seen.insert(id).inserted else {
        return nil
      }
      return values[id.index].map { (id, $0) }
    }
  }

  /// Lets a gradient flow to what an embedding of the input made, if that has none.
  mutating func watchEmbedding(_ node: Node) {
    guard settings.strategy.recomputation.isByLibrary,
      node.attributes.flag(Node.watchableAttribute), case let id?? = node.outputs.first,
      let tensor = values[id.index], tensor.edge == nil
    else { return }
    let leaf = machine.tape.append(
      Tape.Node(
        name: "AccumulateGrad", origin: facts.displayName(node), edges: [], inputTypes: [],
        outputCount: 1, saved: [], kind: .leaf))
    values[id.index]?.edge = Tape.Edge(node: leaf, slot: 0)
    machine.ledger.retain(tensor.storage)
    leaves.append(tensor)
  }

  private func isMade(_ id: ValueID, in region: Recomputation.Region) -> Bool {
    region.nodes.contains(Int(facts.producers[id.index]))
  }

  /// Lets go of what came into a region, and of products that no second run took.
  mutating func releaseInputs(of index: Int) {
    for (_, tensor) in regions[index].inputs { machine.ledger.release(tensor.storage) }
    regions[index].inputs = []
    for storage in regions[index].products.values.joined() {
      if let storage { machine.ledger.release(storage) }
    }
    regions[index].products = [:]
  }

  /// Notes that one node of a region has let go of what it saved; the last frees the inputs.
  mutating func noteRelease(in index: Int) {
    regions[index].waiting -= 1
    guard regions[index].waiting == 0 else { return }
    releaseInputs(of: index)
    if let parent = regions[index].parent { noteRelease(in: parent) }
  }

  /// Runs a region once more, up to the last tensor that it saves, unless that was done.
  mutating func recompute(_ index: Int) {
    guard !regions[index].isComputedAgain else { return }
    regions[index].isComputedAgain = true
    guard regions[index].inner.isEmpty else { return recomputeAround(index) }
    let run = regions[index]
    machine.recording = .replaying(nodes: run.nodes, next: 0)
    for (id, tensor) in run.inputs { values[id.index] = tensor }
    for step in run.region.nodes where !machine.hasReplayed {
      if let made = regions[index].products.removeValue(forKey: step) {
        machine.products = .returning(made[...])
      }
      runAgain(step, in: run.region)
      if case .returning(let rest) = machine.products {
        regions[index].products[step] = Array(rest)
        machine.products = .none
      }
    }
    machine.endAutocast()
    machine.recording = .keeping
    forget(run)
    // The region around it holds them no longer.
    if run.parent != nil { releaseInputs(of: index) }
  }

  /// Runs a region once more that has others inside of it, up to the last tensor that it saves or that comes into one of them.
  ///
  /// Source: "Nested checkpoint" in `torch/utils/checkpoint.py`, PyTorch 2.15.
  private mutating func recomputeAround(_ index: Int) {
    let run = regions[index]
    func isInside(_ place: Int) -> Bool { run.inner.contains { $0.nodes.contains(place) } }
    let own = run.nodes.indices.last {
      !isInside($0) && machine.tape.nodes[run.nodes[$0]].region != nil
    }
    let start = run.inner.last?.nodes.lowerBound ?? 0
    // What comes into the last of them is there before its first node is noted.
    let isLastInside = own ?? -1 < start
    machine.recording = .replaying(
      nodes: Array(run.nodes.prefix((isLastInside ? start : own ?? -1) + 1)), next: 0)
    for (id, tensor) in run.inputs { values[id.index] = tensor }
    for step in run.region.nodes {
      if let part = run.inner.first(where: { $0.steps.lowerBound == step }) {
        addInner(part.steps, Array(run.nodes[part.nodes.clamped(to: run.nodes.indices)]), in: index)
        if isLastInside, part.steps == run.inner.last?.steps { break }
      }
      if machine.hasReplayed, !isLastInside { break }
      machine.savesNothing = run.inner.contains { $0.steps.contains(step) }
      runAgain(step, in: run.region)
      machine.savesNothing = false
    }
    machine.endAutocast()
    machine.recording = .keeping
    forget(run)
  }

  /// Begins a region inside of another, with what the second run of that one has made for it.
  private mutating func addInner(_ steps: Range<Int>, _ nodes: [Int], in parent: Int) {
    var run = RegionRun(
      region: Recomputation.Region(nodes: steps), isByLibrary: regions[parent].isByLibrary,
      namesInputs: false, namesPositions: regions[parent].namesPositions, inputs: [])
    run.inputs = inputs(of: run.region)
    run.parent = parent
    for (_, tensor) in run.inputs { machine.ledger.retain(tensor.storage) }
    let saving = nodes.filter { machine.tape.nodes[$0].region != nil }
    for node in saving { machine.tape.assign(node, to: regions.count) }
    run.waiting = saving.count
    run.nodes = Array(
      nodes[..<(nodes.lastIndex { machine.tape.nodes[$0].region != nil }.map { $0 + 1 } ?? 0)])
    // It lets go of the region around it when all of its nodes have let go.
    regions[parent].waiting -= saving.count - (saving.isEmpty ? 0 : 1)
    regions.append(run)
    if saving.isEmpty { releaseInputs(of: regions.count - 1) }
  }

  /// Runs a node of a region in the backward pass, then drops what nothing in the region needs.
  mutating func runAgain(
    _ step: Int, in region: Recomputation.Region, keeping kept: [ValueID] = []
  ) {
    run(facts.graph.nodes[step], at: step, phase: .backward)
    guard !machine.hasReplayed else { return }
    for id in endings(of: step) where isMade(id, in: region) && !kept.contains(id) {
      drop(id)
    }
  }

  /// Drops the values that a region's second run has left.
  mutating func forget(_ run: RegionRun) {
    for step in run.region.nodes {
      for case let id? in facts.graph.nodes[step].outputs { drop(id) }
    }
    for (id, _) in run.inputs where facts.isActivation(id) { values[id.index] = nil }
  }
}

extension Recomputation {
  /// The regions that lie in a graph.
  func regions(in graph: Graph) -> [Region] {
    regions.filter { $0.nodes.lowerBound >= 0 && $0.nodes.upperBound <= graph.nodes.count }
  }
}
