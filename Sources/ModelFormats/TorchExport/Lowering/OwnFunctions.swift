/// Functions with a backward pass of their own, `torch.autograd.Function`, in an exported program.
///
/// An export holds what such a function computes, but not what it keeps nor how it differentiates.
/// The call is seen by the statement it ran in, such as `return GeLUFunction.apply(x)`.
struct OwnFunctions {
  /// One call of such a function.
  struct Call {
    var nodes: Range<Int>

    /// The function's name.
    var name: String

    /// The tensors from elsewhere that it reads.
    var inputs: [String] = []

    /// The tensors that it makes and others read.
    var results: [String] = []

    /// What it makes and keeps for itself, where its code is known.
    func kept(of body: ExportedBody) -> String? {
      guard name == "YosoCumulation" else { return nil }
      let product = body.nodes[nodes].last { $0.target.name == "matmul" }
      return product?.tensor("self")
    }
  }

  /// The calls by their first node.
  private(set) var calls: [Int: Call] = [:]

  init(_ body: ExportedBody) {
    var start = 0
    while start < body.nodes.count {
      let place = body.nodes[start].ownFunction
      let end =
        body.nodes[start...].firstIndex { $0.ownFunction != place } ?? body.nodes.count
      if let place {
        let first = (start..<end).first { !body.nodes[$0].isOperand(of: place) } ?? start
        calls[first] = Call(nodes: first..<end, name: place.last?.appliedFunction ?? "")
      }
      start = end
    }
    guard !calls.isEmpty else { return }
    findOperands(body)
  }

  private mutating func findOperands(_ body: ExportedBody) {
    var owners: [String: Int] = [:]
    for (start, call) in calls {
      for index in call.nodes {
        for case let output? in body.nodes[index].outputs { owners[output] = start }
      }
    }
    var current: Int?
    var seen = Set<String>()
    for (index, node) in body.nodes.enumerated() {
      if let call = calls[index] { (current, seen) = (call.nodes.lowerBound, []) }
      if let start = current, calls[start].map({ !$0.nodes.contains(index) }) ?? true {
        current = nil
      }
      for name in node.tensorNames where owners[name] != current {
        if let current, seen.insert(name).inserted { calls[current]?.inputs.append(name) }
        note(name, of: owners[name])
      }
    }
    for name in body.outputs.flatMap(\.tensorNames) { note(name, of: owners[name]) }
  }

  private mutating func note(_ result: String, of owner: Int?) {
    guard let owner, calls[owner]?.results.contains(result) == false else { return }
    calls[owner]?.results.append(result)
  }
}

extension ExportedNode {
  /// Whether it is written out in the statement that calls the function, as in `Root.apply(1 - x)`.
  fileprivate func isOperand(of place: [PythonFrame]) -> Bool {
    guard let sign = target.sign else { return false }
    return place.last?.statement.signs.contains(sign) ?? false
  }

  /// The statement of the outermost function with a backward pass of its own that it ran in.
  fileprivate var ownFunction: [PythonFrame]? {
    frames.firstIndex { $0.appliedFunction != nil }.map { Array(frames[...$0]) }
  }
}
