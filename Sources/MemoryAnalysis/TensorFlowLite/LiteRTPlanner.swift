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
    var start = 0
    while start < max(1, graph.nodes.count) {
      let end = stretch(from: start)
      place(nodes: start..<end)
      start = end
    }
    let bodies = graph.bodies.map { body -> LitePlan in
      var planner = LiteRTPlanner(body)
      return planner.plan()
    }
    let placement = Placement(
      buffers: items.map(\.buffer), offsets: items.map { $0.fixedOffset ?? 0 })
    let bound = ByteCount(peakByteCount(of: placement.buffers))
    return LitePlan(
      buffers: zip(items.indices, items).map { placed($0, $1) },
      arena: ByteCount(placement.arenaByteCount), lowerBound: bound,
      session: session
        + bodies.flatMap { body in
          [.init(name: "arena of a body", kind: .body, bytes: body.arena)] + body.session
        },
      sessionArena: ByteCount(TFLiteArena().place(sessionItems).arenaByteCount),
      heap: heap + (bodies.map(\.heap).max() ?? .zero),
      nodeSteps: Array(graph.nodes.indices), planner: TFLiteArena().name)
  }

  private func placed(_ index: Int, _ item: ArenaItem) -> LitePlan.PlacedBuffer {
    LitePlan.PlacedBuffer(
      name: item.name, bytes: ByteCount(item.buffer.byteCount), offset: item.fixedOffset ?? 0,
      steps: item.buffer.lifetime, isScratch: scratch.contains(index))
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

  /// The end of the nodes that can be planned together.
  private func stretch(from start: Int) -> Int {
    let end = graph.nodes.indices.dropFirst(start).first { index in
      graph.nodes[index].outputs.contains { $0.map { storages[$0] == .dynamic } ?? false }
    }
    return (end ?? max(0, graph.nodes.count - 1)) + 1
  }
}

// MARK: Placing

extension LiteRTPlanner {
  private mutating func place(nodes range: Range<Int>) {
    let placedCount = items.count
    if range.lowerBound == 0 {
      for id in graph.inputs where storages[id] == .arena { add(id) }
    }
    for step in range where graph.nodes.indices.contains(step) { addBuffers(of: step) }
    guard items.count > placedCount else { return }
    let placement = TFLiteArena().place(items)
    for index in placedCount..<items.count { items[index].fixedOffset = placement.offsets[index] }
  }

  private mutating func addBuffers(of step: Int) {
    let node = graph.nodes[step]
    for case let output? in node.outputs {
      switch storages[output] {
      case .file: break
      case .arena: if firstNodes[output.index] == step { add(output) }
      case .session where graph[output].role == .state: break
      case .session:
        keep(graph[output].name, .constantCopy, graph[output].type.byteCount, from: step)
      case .known:
        session.append(
          .init(
            name: graph[output].name, kind: .constantCopy, bytes: graph[output].type.byteCount))
      case .dynamic: heap += graph[output].type.byteCount
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
