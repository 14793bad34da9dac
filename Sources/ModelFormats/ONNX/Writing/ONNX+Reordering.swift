public import ByteFormats

extension ONNX {
  /// The stretches of a file that, one after the other, are the file with its nodes in another order.
  ///
  /// The bytes of nodes are moved as they are, and no length changes. Nodes whose outputs have lower
  /// ranks come first as far as what they read allows; those without a rank as early as they can.
  ///
  /// - Throws: ``FormatError`` if the file is damaged or its nodes cannot be put in an order.
  public static func reordered(
    _ file: MappedFile, rank: (String) -> Int?
  ) throws(FormatError) -> [Range<Int>] {
    let layout: FileLayout
    do throws(ByteError) {
      layout = try FileLayout(file)
    } catch {
      throw .bytes(error)
    }
    guard let order = layout.order(rank: rank) else {
      throw .noModel(format: name, reason: "its nodes read each other in a circle")
    }
    return layout.stretches(order)
  }
}

/// Where the nodes of a file lie, and what lies around them.
private struct FileLayout {
  private let byteCount: Int
  private var nodes: [NodeRecord] = []

  init(_ file: MappedFile) throws(ByteError) {
    byteCount = file.byteCount
    var message = ProtobufMessage(file)
    var graphs = 0
    while let field = try message.next() {
      guard field.number == 7 else { continue }
      graphs += 1
      guard graphs == 1 else {
        throw ByteError(
          .malformed(expected: "one graph", found: "a second one"), at: field.offset)
      }
      try readNodes(try field.message())
    }
  }

  private mutating func readNodes(_ graph: ProtobufMessage) throws(ByteError) {
    var graph = graph
    while let field = try graph.next() {
      if field.number == 1 { nodes.append(try NodeRecord(field)) }
    }
  }

  /// The nodes by rank, each after those whose outputs it reads; `nil` if there is a circle.
  func order(rank: (String) -> Int?) -> [Int]? {
    var makers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { makers[output] = index }
    }
    let dependencies = nodes.enumerated().map { index, node in
      Set(node.reads.compactMap { makers[$0] }).subtracting([index])
    }
    let ranks = nodes.map { $0.outputs.compactMap(rank).min() ?? -1 }
    return topologicalOrder(dependencies, ranks)
  }

  private func topologicalOrder(_ dependencies: [Set<Int>], _ ranks: [Int]) -> [Int]? {
    var readers = [[Int]](repeating: [], count: nodes.count)
    var missing = dependencies.map(\.count)
    for (index, makers) in dependencies.enumerated() {
      for maker in makers { readers[maker].append(index) }
    }
    var ready = RankedQueue()
    for index in nodes.indices where missing[index] == 0 { ready.insert(index, ranks[index]) }
    var order: [Int] = []
    while let next = ready.popFirst() {
      order.append(next)
      for reader in readers[next].sorted() {
        missing[reader] -= 1
        if missing[reader] == 0 { ready.insert(reader, ranks[reader]) }
      }
    }
    return order.count == nodes.count ? order : nil
  }

  /// What lies before the first node, the nodes, and what lies between and after them.
  func stretches(_ order: [Int]) -> [Range<Int>] {
    guard let first = nodes.first else { return [0..<byteCount] }
    var rest: [Range<Int>] = []
    var end = first.bytes.lowerBound
    for node in nodes {
      if node.bytes.lowerBound > end { rest.append(end..<node.bytes.lowerBound) }
      end = node.bytes.upperBound
    }
    rest.append(end..<byteCount)
    return [0..<first.bytes.lowerBound] + order.map { nodes[$0].bytes } + rest
  }
}

/// A queue of indices, the lowest rank first, of equals the lowest index.
private struct RankedQueue {
  private var heap: [(rank: Int, index: Int)] = []

  mutating func insert(_ index: Int, _ rank: Int) {
    heap.append((rank, index))
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popFirst() -> Int? {
    guard let first = heap.first else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if heap[child] < heap[least] { least = child }
      }
      guard least != parent else { return first.index }
      heap.swapAt(least, parent)
      parent = least
    }
  }
}
