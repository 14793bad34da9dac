import ModelGraph

/// The calls of modules that nodes run in, as PyTorch's module tree nests them.
///
/// Nodes in a row whose paths begin alike belong to one call of the module at that path, unless it is a list of
/// modules, which is never called.
struct ModuleCalls {
  private struct Call {
    var first: Int32
    var last: Int32
    var parent: Int32
    var depth: Int32
  }

  private var calls: [Call] = []

  /// The innermost call of each node; -1 outside any.
  private var innermost: [Int32] = []

  /// Deeper paths are cut: no module tree nests so deep.
  private static let maximumDepth = 64

  init(_ nodes: [Node]) {
    innermost.reserveCapacity(nodes.count)
    var open: [Int32] = []
    var previous = ""
    for step in nodes.indices {
      if nodes[step].module != previous {
        let (depth, shared) = Self.depth(of: nodes[step].module, sharedWith: previous)
        open.removeLast(open.count - shared)
        let lists = nodes[step].attributes.integers(Node.listsAttribute) ?? []
        for place in shared..<depth {
          guard !lists.contains(place) else {
            open.append(open.last ?? -1)
            continue
          }
          let parent = open.last ?? -1
          let depth = parent < 0 ? 1 : calls[Int(parent)].depth + 1
          calls.append(
            Call(first: Int32(step), last: Int32(step), parent: parent, depth: depth))
          open.append(Int32(calls.count - 1))
        }
        previous = nodes[step].module
      }
      for call in open where call >= 0 { calls[Int(call)].last = Int32(step) }
      innermost.append(open.last ?? -1)
    }
  }

  /// The number of modules that a path leads through, and how many of them another path leads through first.
  private static func depth(
    of path: String, sharedWith other: String
  ) -> (all: Int, shared: Int) {
    let dot = UInt8(ascii: ".")
    var (bytes, others) = (path.utf8.makeIterator(), other.utf8.makeIterator())
    var (depth, shared, isSame) = (0, 0, !path.isEmpty && !other.isEmpty)
    while !path.isEmpty, depth < maximumDepth {
      let (byte, otherByte) = (bytes.next(), isSame ? others.next() : nil)
      if byte == nil || byte == dot {
        depth += 1
        if isSame, otherByte == nil || otherByte == dot { shared = depth }
      }
      if byte == nil { break }
      isSame = isSame && byte == otherByte
    }
    return (depth, shared)
  }

  /// The last step during which Python's frames hold a value that a node takes, and how deep the call is
  /// that gave it to another; `nil` if it is the node's own operand.
  ///
  /// A module's arguments live until its call returns; so a value that is made outside a call and
  /// read inside it lives through all of it.
  func hold(ofValueMadeAt producer: Int, readAt consumer: Int) -> (step: Int, depth: CallDepth?) {
    var call = innermost[consumer]
    var end = consumer
    var depth: CallDepth?
    while call >= 0, calls[Int(call)].first > producer {
      end = Int(calls[Int(call)].last)
      depth = CallDepth(modules: Int(calls[Int(call)].depth) - 1)
      call = calls[Int(call)].parent
    }
    return (end, depth)
  }
}
