import MemoryPlanning
import ModelGraph

/// The plan of one subgraph as LiteRT makes it, without delegates.
///
/// Nodes are planned in stretches that end with a node whose output's size only running tells; what
/// an earlier stretch placed stays. Offsets are multiples of 64.
/// <https://github.com/google-ai-edge/LiteRT/blob/main/tflite/arena_planner.cc>
struct LiteRTPlanner {
  private let graph: Graph
  private let storages: LiteRTStorages
  private let sharing: LiteRTSharing
  private var firstNodes: [Int]
  private var lastNodes: [Int]
  private var items: [ArenaItem] = []
  private var scratch: Set<Int> = []
  private var session: [LitePlan.SessionBuffer] = []
  private var sessionItems: [ArenaItem] = []
  private var heap = ByteCount.zero

  static let alignment = 64

  /// The step after the last, at which nothing ends.
  private var never: Int { graph.nodes.count + 1 }

  init(_ graph: Graph) {
    self.graph = graph
    let storages = LiteRTStorages(graph)
    self.storages = storages
    sharing = LiteRTSharing(graph, storages.storages.map { $0 == .file })
    firstNodes = Array(repeating: -1, count: graph.values.count)
    lastNodes = Array(repeating: graph.nodes.count, count: graph.values.count)
    setLifetimes()
  }

  mutating func plan() -> LitePlan {
    keepVariables()
    let stretches = addStretches()
    let placement = TFLiteArena().place(items, stretches: stretches)
    let bodies = graph.bodies.map { body -> LitePlan in
      var planner = LiteRTPlanner(body)
      return planner.plan()
    }
    let bound = ByteCount(peakByteCount(of: placement.buffers))
    return LitePlan(
      buffers: items.indices.map { placed($0, at: placement.offsets[$0]) },
      arena: ByteCount(placement.arenaByteCount), lowerBound: bound,
      session: session
        + bodies.flatMap { body in
          [.init(name: "arena of a body", kind: .body, bytes: body.arena)] + body.session
        },
      sessionArena: ByteCount(TFLiteArena().place(sessionItems).arenaByteCount),
      heap: heap + (bodies.map(\.heap).max() ?? .zero),
      nodeSteps: Array(graph.nodes.indices), planner: placement.planner)
  }

  private func placed(_ index: Int, at offset: Int) -> LitePlan.PlacedBuffer {
    LitePlan.PlacedBuffer(
      name: items[index].name, bytes: ByteCount(items[index].buffer.byteCount), offset: offset,
      steps: items[index].buffer.lifetime, isScratch: scratch.contains(index))
  }
}

// MARK: Lifetimes

extension LiteRTPlanner {
  private mutating func setLifetimes() {
    var readers = [Int](repeating: 0, count: graph.values.count)
    for id in graph.inputs + graph.outputs { readers[id.index] += 1 }
    for id in graph.inputs { firstNodes[id.index] = 0 }
    for (index, value) in graph.values.enumerated() where value.role == .state {
      readers[index] += 1
      firstNodes[index] = 0
    }
    for node in graph.nodes {
      for case let input? in node.inputs { readers[sharing.roots[input.index]] += 1 }
    }
    for (step, node) in graph.nodes.enumerated() {
      for case let output? in node.outputs where firstNodes[output.index] < 0 {
        firstNodes[output.index] = step
      }
      for case let input? in node.inputs {
        let root = sharing.roots[input.index]
        readers[root] -= 1
        if readers[root] == 0, firstNodes[root] >= 0 { lastNodes[root] = step }
      }
    }
  }

  private mutating func keepVariables() {
    for value in graph.values where value.role == .state {
      keep(value.name, .variable, value.type.byteCount, from: 0)
    }
  }

  /// Keeps something in the arena of what outlives a run.
  private mutating func keep(
    _ name: String, _ kind: LitePlan.SessionBuffer.Kind, _ bytes: ByteCount, from step: Int
  ) {
    session.append(.init(name: name, kind: kind, bytes: bytes))
    sessionItems.append(
      ArenaItem(Buffer(bytes.value, live: step..<never), name: name, alignment: Self.alignment))
  }

  /// Whether planning goes no further than a node before it has run.
  private func isEnd(_ step: Int) -> Bool {
    graph.nodes[step].outputs.contains { $0.map { storages[$0] == .dynamic } ?? false }
  }
}

// MARK: Placing

extension LiteRTPlanner {
  /// Adds what lies in the arena, and returns what of it is placed together.
  private mutating func addStretches() -> [Range<Int>] {
    var stretches: [Range<Int>] = []
    for id in graph.inputs where storages[id] == .arena { add(id) }
    var start = 0
    for step in graph.nodes.indices {
      addBuffers(of: step)
      guard isEnd(step) || step == graph.nodes.count - 1 else { continue }
      stretches.append(start..<items.count)
      start = items.count
    }
    return graph.nodes.isEmpty ? [items.indices] : stretches
  }

  private mutating func addBuffers(of step: Int) {
    let node = graph.nodes[step]
    for case let output? in node.outputs {
      switch storages[output] {
      case .file, .nowhere: break
      case .arena: if firstNodes[output.index] == step { add(output) }
      case .session where graph[output].role == .state: break
      case .session:
        keep(graph[output].name, .constantCopy, graph[output].type.byteCount, from: step)
      case .known:
        session.append(
          .init(
            name: graph[output].name, kind: .constantCopy, bytes: graph[output].type.byteCount))
      case .dynamic:
        heap += graph[output].type.byteCount
        if isViewOfHeap(output) { addShadow(of: output, from: step) }
      }
    }
    let storages = self.storages
    let call = KernelCall(graph: graph, node: node) { storages[$0].isKnownBeforeTheRun }
    for buffer in LiteRTBuffers.buffers(of: call) { add(buffer, of: step) }
  }

  private mutating func add(_ id: ValueID) {
    let root = sharing.roots[id.index]
    let bytes = graph[id].type.byteCount.value
    let isShared =
      root != id.index && storages[ValueID(root)] == .arena
      && graph.values[root].type.byteCount.value == bytes
    guard !isShared else { return }
    let last = lastNodes[id.index]
    let end = last >= graph.nodes.count ? never : last + 1
    items.append(
      ArenaItem(
        Buffer(bytes, live: firstNodes[id.index]..<max(end, firstNodes[id.index] + 1)),
        name: graph[id].name, alignment: Self.alignment))
  }

  /// Whether a tensor has the bytes of another that lies on the heap.
  private func isViewOfHeap(_ id: ValueID) -> Bool {
    let root = sharing.roots[id.index]
    return root != id.index && storages[ValueID(root)] == .dynamic
  }

  /// The place that the planner gives to a tensor before its kernel moves it to the heap.
  ///
  /// Measured: a model of 144,000 samples whose frames are cut by sizes worked out in the run takes as much more.
  private mutating func addShadow(of id: ValueID, from step: Int) {
    let last = lastNodes[sharing.roots[id.index]]
    let end = last >= graph.nodes.count ? never : last + 1
    items.append(
      ArenaItem(
        Buffer(graph[id].type.byteCount.value, live: step..<max(end, step + 1)),
        name: graph[id].name, alignment: Self.alignment))
  }

  private mutating func add(_ buffer: KernelBuffer, of step: Int) {
    let output = graph.nodes[step].outputs.compactMap(\.self).first
    let name = "scratch of \(output.map { graph[$0].name } ?? "node \(step)")"
    switch buffer.place {
    case .arena:
      scratch.insert(items.count)
      items.append(
        ArenaItem(
          Buffer(buffer.bytes, live: step..<step + 1), name: name, alignment: Self.alignment))
    case .session: keep(name, .kernel, ByteCount(buffer.bytes), from: step)
    case .kept: session.append(.init(name: name, kind: .kernel, bytes: ByteCount(buffer.bytes)))
    case .heap: heap += ByteCount(buffer.bytes)
    }
  }
}
