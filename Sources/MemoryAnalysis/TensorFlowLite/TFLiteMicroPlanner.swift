import MemoryPlanning
import ModelGraph

/// The plan of a model as TensorFlow Lite Micro makes it: one for all subgraphs and scratch buffers.
///
/// <https://github.com/tensorflow/tflite-micro/blob/main/tensorflow/lite/micro/micro_allocation_info.cc>
struct TFLiteMicroPlanner {
  /// The subgraphs by number, as far as the first one leads to them.
  private var subgraphs: [Int: Graph] = [:]
  private var requests: [Request] = []
  private var tensorSpans: [Int: [Span]] = [:]
  private var requestSpans: [Span] = []

  /// The requests of each node, by subgraph.
  private var requestRanges: [Int: [Range<Int>]] = [:]
  private var scope = 0
  private var depth = 0
  private var nodeSteps: [Int] = []

  /// Offsets planned by the maker of the file, -1 for those left to the runtime.
  private let offlineOffsets: [Int]

  /// What a kernel asked for while it prepared.
  private struct Request {
    var subgraph: Int
    var node: Int
    var bytes: Int
  }

  /// The first and the last scope of a buffer, -1 for none.
  private struct Span {
    var first = -1
    var last = -1

    mutating func make(at scope: Int) { if first < 0 { first = scope } }
    mutating func use(at scope: Int) { last = scope }
  }

  static let alignment = 16

  /// Makes the planner of a graph.
  ///
  /// - Parameters:
  ///   - graph: The first subgraph.
  ///   - offlinePlan: The words of the file's `OfflineMemoryAllocation`: version, subgraph, number
  ///     of tensors, then an offset for each.
  init(_ graph: Graph, offlinePlan: [Int]?) {
    offlineOffsets = Array((offlinePlan ?? []).dropFirst(3))
    collect(graph, number: 0)
    for number in subgraphs.keys.sorted() { prepare(number) }
    requestSpans = Array(repeating: Span(), count: requests.count)
    mark(0)
  }

  var plan: LitePlan {
    var items: [ArenaItem] = []
    var position = 0
    for number in subgraphs.keys.sorted() {
      guard let graph = subgraphs[number] else { continue }
      for index in graph.values.indices {
        if let item = item(index, number, graph, position: position) { items.append(item) }
        position += 1
      }
    }
    let tensorCount = items.count
    for (request, span) in zip(requests, requestSpans) {
      items.append(ArenaItem(buffer(request.bytes, span), name: name(of: request)))
    }
    let placement = TFLiteMicroGreedy().place(items)
    return LitePlan(
      buffers: items.indices.map { index in
        LitePlan.PlacedBuffer(
          name: items[index].name, bytes: ByteCount(items[index].buffer.byteCount),
          offset: placement.offsets[index], steps: items[index].buffer.lifetime,
          isScratch: index >= tensorCount)
      },
      arena: ByteCount(placement.arenaByteCount),
      lowerBound: ByteCount(ArenaProblem(items).lowerBound), session: session, sessionArena: .zero,
      heap: .zero,
      nodeSteps: nodeSteps, planner: placement.planner)
  }

  private func name(of request: Request) -> String {
    guard let graph = subgraphs[request.subgraph] else { return "scratch" }
    let output = graph.nodes[request.node].outputs.compactMap(\.self).first
    return "scratch of \(output.map { graph[$0].name } ?? "node \(request.node)")"
  }

  private func item(_ index: Int, _ number: Int, _ graph: Graph, position: Int) -> ArenaItem? {
    let value = graph.values[index]
    let offset = offlineOffsets.indices.contains(position) ? offlineOffsets[position] : -1
    let isPlanned: Bool
    switch value.role {
    case .parameter, .constant: isPlanned = false
    case .state: isPlanned = offset >= 0
    case .input, .activation, .captured: isPlanned = true
    }
    let bytes = value.type.byteCount.value
    guard isPlanned, bytes > 0, let span = tensorSpans[number]?[index] else { return nil }
    return ArenaItem(
      buffer(bytes, span), name: value.name, fixedOffset: offset >= 0 ? offset : nil)
  }

  private func buffer(_ bytes: Int, _ span: Span) -> Buffer {
    let rounded = (bytes + Self.alignment - 1) / Self.alignment * Self.alignment
    // What nothing makes or reads has a scope before the first.
    return Buffer(rounded, live: span.first..<max(span.first, span.last) + 1)
  }
}

// MARK: Subgraphs

extension TFLiteMicroPlanner {
  private static let maximumDepth = 32

  private mutating func collect(_ graph: Graph, number: Int) {
    guard subgraphs[number] == nil else { return }
    subgraphs[number] = graph
    tensorSpans[number] = Array(repeating: Span(), count: graph.values.count)
    for node in graph.nodes {
      for body in node.bodies where graph.bodies.indices.contains(body.index) {
        guard let number = node.subgraph(body.attribute) else { continue }
        collect(graph.bodies[body.index], number: number)
      }
    }
  }

  private mutating func prepare(_ number: Int) {
    guard let graph = subgraphs[number] else { return }
    for (index, node) in graph.nodes.enumerated() {
      let call = KernelCall(graph: graph, node: node) { id in
        graph[id].role == .parameter || graph[id].role == .constant
      }
      let first = requests.count
      requests += TFLiteMicroBuffers.byteCounts(of: call).map {
        Request(subgraph: number, node: index, bytes: $0)
      }
      requestRanges[number, default: []].append(first..<requests.count)
    }
  }

  private mutating func mark(_ number: Int) {
    guard let graph = subgraphs[number], depth < Self.maximumDepth else { return }
    depth += 1
    defer { depth -= 1 }
    for id in graph.inputs { touch(number, id, makes: true) }
    for (index, node) in graph.nodes.enumerated() {
      scope += 1
      if depth == 1 { nodeSteps.append(scope) }
      for case let output? in node.outputs { tensorSpans[number]?[output.index].make(at: scope) }
      let start = scope
      for body in node.bodies {
        guard let inner = node.subgraph(body.attribute) else { continue }
        scope += 1
        mark(inner)
      }
      for case let id? in node.inputs + node.outputs { touch(number, id, makes: false) }
      for position in requestRanges[number]?[index] ?? 0..<0 {
        requestSpans[position].make(at: start)
        requestSpans[position].use(at: scope)
      }
    }
    for id in graph.outputs { touch(number, id, makes: true) }
  }

  private mutating func touch(_ number: Int, _ id: ValueID, makes: Bool) {
    if makes { tensorSpans[number]?[id.index].make(at: scope) }
    tensorSpans[number]?[id.index].use(at: scope)
  }
}

extension Node {
  /// The number of the subgraph that is a body.
  fileprivate func subgraph(_ attribute: String) -> Int? {
    attributes.integer("\(attribute)_subgraph_index")
  }
}

// MARK: The persistent part

extension TFLiteMicroPlanner {
  /// What lies in the tail of the arena, as far as the file tells; what each kernel keeps does not
  /// follow from the file.
  private var session: [LitePlan.SessionBuffer] {
    var buffers: [LitePlan.SessionBuffer] = []
    for graph in subgraphs.values {
      for value in graph.values where value.role == .state {
        let bytes = (value.type.byteCount.value + Self.alignment - 1) / Self.alignment
        buffers.append(
          .init(name: value.name, kind: .variable, bytes: ByteCount(bytes * Self.alignment)))
      }
    }
    return buffers.sorted { $0.name < $1.name } + [
      .init(name: "records of tensors and operators", kind: .bookkeeping, bytes: bookkeeping)
    ]
  }

  /// The bytes of the records on a machine with pointers of 64 bits.
  ///
  /// Measured with `print_allocations` of tflite-micro: 24 for a tensor, 64 for an operator, and
  /// for an input or output of the model 64.
  private var bookkeeping: ByteCount {
    let graphs = Array(subgraphs.values)
    let tensors = graphs.map { $0.values.count }.reduce(0, +)
    let nodes = graphs.map { $0.nodes.count }.reduce(0, +)
    let ends = (subgraphs[0].map { $0.inputs.count + $0.outputs.count }) ?? 0
    return ByteCount(24 * tensors + 64 * nodes + 64 * ends)
  }
}
