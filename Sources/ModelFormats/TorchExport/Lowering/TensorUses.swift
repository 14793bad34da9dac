import ModelGraph

/// Which nodes make and read each tensor of a program.
struct TensorUses {
  /// The node that makes each tensor, by the tensor's name.
  private(set) var makers: NameMap<Int> = [:]

  private let body: ExportedBody
  private var readers: NameMap<[Int]> = [:]

  /// The tensor that each view and part is of, by its name.
  private var bases: NameMap<String> = [:]

  /// Longer chains of views are not followed.
  private static let maximumDepth = 8

  init(_ body: ExportedBody) {
    self.body = body
    makers.reserveCapacity(body.nodes.count)
    readers.reserveCapacity(body.nodes.count)
    // No node is copied, here and below: others read them at the same time.
    for index in body.nodes.indices {
      let base = baseOfOutputs(ofNodeAt: index)
      for case let name? in body.nodes[index].outputs {
        let isMadeAgain = makers.updateValue(index, forKey: name) != nil
        if base != nil || isMadeAgain { bases[name] = base }
      }
      // Assertions are what tracing writes down, not what a module does.
      if body.nodes[index].target.isAssertion { continue }
      for name in body.nodes[index].tensorNames {
        readers[name, default: []].append(index)
      }
    }
  }

  /// Whether any of a few nodes reads a tensor.
  func isRead(_ name: String, in nodes: ClosedRange<Int>) -> Bool {
    readers[name]?.contains { nodes.contains($0) } ?? false
  }

  /// The tensor that a tensor is another shape or a part of, itself if it is none.
  func base(of name: String) -> String { bases[name] ?? name }

  private func baseOfOutputs(ofNodeAt index: Int) -> String? {
    let view = body.nodes[index].target.name
    guard Self.reshaping.contains(view) || Self.indexing.contains(view),
      let operand = body.nodes[index].operand
    else { return nil }
    return base(of: operand)
  }

  /// The nodes that read a tensor itself, in order.
  func directReaders(of name: String) -> [Int] { readers[name] ?? [] }

  /// Whether a node after another reads a tensor.
  func isRead(_ name: String, after node: Int) -> Bool {
    readers[name]?.last.map { $0 > node } ?? false
  }

  /// The only node that reads a tensor or another shape of it; `nil` if there are more or none.
  ///
  /// Parts of it and new axes, which Python's brackets make, count as reading unless they are looked
  /// through.
  func soleReader(of name: String, throughIndexing: Bool) -> Int? {
    var (name, depth) = (name, 0)
    while depth < Self.maximumDepth, let readers = readers[name], let reader = readers.first,
      readers.allSatisfy({ $0 == reader })
    {
      let node = body.nodes[reader]
      let view = node.target.name
      guard
        node.outputs.count == 1, let output = node.outputs[0],
        Self.reshaping.contains(view) || throughIndexing && Self.indexing.contains(view)
          || node.target.isCast && isOfSameType(name, output)
      else { return reader }
      (name, depth) = (output, depth + 1)
    }
    return nil
  }

  /// Whether a node makes a view of a tensor that nothing else reads.
  func isSoleView(_ node: ExportedNode) -> Bool {
    let target = node.target.name
    guard Self.reshaping.contains(target) || Self.indexing.contains(target),
      let operand = node.operand, makers[operand] != nil
    else { return false }
    return readers[operand]?.count == 1 && !isCopy(node, of: operand)
  }

  /// The only node that copies a tensor, or a view or part of it, row by row; `nil` if something else
  /// reads it too.
  func soleCopy(of name: String) -> Int? {
    var (name, depth) = (name, 0)
    while depth < Self.maximumDepth, let readers = readers[name], let reader = readers.first,
      readers.allSatisfy({ $0 == reader })
    {
      let node = body.nodes[reader]
      let target = node.target.name
      if Self.moves.contains(target) || isCopy(node, of: name) { return reader }
      guard
        Self.reshaping.contains(target) || Self.indexing.contains(target)
          || Self.copies.contains(target) || node.isPassing, node.outputs.count == 1,
        let output = node.outputs[0], !Self.parts.contains(target) || isWhole(output, of: name)
      else { return nil }
      (name, depth) = (output, depth + 1)
    }
    return nil
  }

  /// The last of the shapes that a tensor takes one after the other before anything else reads it, as in
  /// `x = x.view(4, -1)`; `nil` if it keeps its own.
  func shape(of name: String) -> String? {
    var (found, depth): (String?, Int) = (nil, 0)
    while depth < Self.maximumDepth, let readers = readers[found ?? name],
      let reader = readers.first, readers.allSatisfy({ $0 == reader })
    {
      let node = body.nodes[reader]
      guard Self.reshaping.contains(node.target.name) || node.isPassing,
        !isCopy(node, of: found ?? name), node.outputs.count == 1, let output = node.outputs[0]
      else { break }
      (found, depth) = (output, depth + 1)
    }
    return found
  }

  /// Whether a part of a tensor is all of it.
  private func isWhole(_ part: String, of name: String) -> Bool {
    body.tensors[part]?.sizes == body.tensors[name]?.sizes
  }

  /// Whether a node has to copy the elements that it puts into another shape or in order.
  private func isCopy(_ node: ExportedNode, of name: String) -> Bool {
    guard Self.copies.contains(node.target.name), let source = body.tensors[name],
      let shape = source.shape([:]), let output = node.outputs.first, let output,
      let target = body.tensors[output]?.shape([:])
    else { return false }
    let strides = source.strides.values([:])
    let operand = AtenOperand(
      id: ValueID(0), type: TensorType(source.dataType, shape), strides: strides)
    return shape == target ? !operand.isDense : !operand.isViewable(as: target)
  }

  private static let parts: Set = ["slice", "select"]
  private static let copies: Set = ["reshape", "flatten", "contiguous"]
  private static let moves: Set = ["clone", "pad", "constant_pad_nd", "roll"]

  /// Whether a cast has nothing to do.
  private func isOfSameType(_ name: String, _ cast: String) -> Bool {
    guard let type = body.tensors[name]?.dataType else { return false }
    return body.tensors[cast]?.dataType == type
  }

  /// The nodes that read a tensor or a view of it, without those that make views.
  func readers(of name: String) -> Set<Int> {
    var found = Set<Int>()
    var names: Set = [name]
    for _ in 0..<Self.maximumDepth where !names.isEmpty {
      var views = Set<String>()
      for index in names.flatMap({ readers[$0] ?? [] }) {
        let view = body.nodes[index].target.name
        if Self.reshaping.contains(view) || Self.indexing.contains(view) {
          views.formUnion(body.nodes[index].outputs.compactMap(\.self))
        } else {
          found.insert(index)
        }
      }
      names = views
    }
    return found
  }

  private static let reshaping: Set = ["view", "reshape", "flatten", "unflatten"]
  private static let indexing: Set = [
    "unsqueeze", "squeeze", "slice", "select", "expand", "permute", "transpose",
  ]
}

extension ExportedNode {
  /// Whether it is dropout of nothing, which returns what it is given.
  fileprivate var isPassing: Bool {
    guard target.name == "dropout" else { return false }
    return arguments.contains { argument in
      switch argument.value {
      case .float(let number): number == 0
      case .boolean(let flag): !flag
      default: false
      }
    }
  }
}
