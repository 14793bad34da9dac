/// The calls that a model itself hands to `torch.utils.checkpoint.checkpoint`, to be computed again in the backward pass.
///
/// Tracing goes through them; the statements around what ran in them tell of them.
struct RecomputedCalls: Sendable {
  /// What each node belongs to, by index: twice the number of the call, and one more if the call asks for PyTorch's older
  /// way.
  private(set) var parts: [Int: Int] = [:]

  private let body: ExportedBody
  private var count = 0

  init(_ body: ExportedBody) {
    self.body = body
    var start = 0
    while start < body.nodes.count {
      let frames = body.nodes[start].frames
      guard let depth = frames.firstIndex(where: { $0.statement.callsCheckpoint }) else {
        start += 1
        continue
      }
      let end =
        body.nodes[start...].indices.first { index in
          let other = body.nodes[index].frames
          return depth >= other.count || other[depth] != frames[depth]
        } ?? body.nodes.count
      find(in: start..<end, depth)
      start = end
    }
  }

  /// Finds the calls of one statement: one for each module that it calls in turn, or one of a function.
  private mutating func find(in range: Range<Int>, _ depth: Int) {
    let frame = body.nodes[range.lowerBound].frames[depth]
    let attributes = frame.statement.attributes
    let children = range.map { body.nodes[$0].frames.dropFirst(depth + 1).first?.module }
    let isFunction = children.allSatisfy { path in
      guard let path else { return true }
      return !attributes.isEmpty && !attributes.contains(path.child(of: frame.module) ?? "")
    }
    guard !isFunction else { return add(range, frame) }
    var first = 0
    while first < children.count {
      guard let child = children[first] else {
        first += 1
        continue
      }
      let rest = children[first...]
      let end = rest.firstIndex { $0 != nil && $0 != child } ?? children.count
      let last = children[first..<end].lastIndex(of: child) ?? first
      add(range.lowerBound + first..<range.lowerBound + last + 1, frame)
      first = end
    }
  }

  private mutating func add(_ range: Range<Int>, _ frame: PythonFrame) {
    let isOlder = frame.statement.readNames.isSuperset(of: ["use_reentrant", "True"])
    for index in range { parts[index] = 2 * count + (isOlder ? 1 : 0) }
    count += 1
  }
}
