import ByteFormats

/// Which functions the nodes of a graph or a function call, and how often.
struct FunctionCalls {
  /// The nodes that call no function, those of nested graphs included.
  var ownNodes = 0
  var callees: [FunctionKey: Int] = [:]

  /// Counts the calls in a message whose nodes stand in a field of the given number.
  init(
    in message: ProtobufMessage, nodeField: Int, functions: [FunctionKey: FunctionMessage]
  ) throws(ByteError) {
    try count(message, nodeField: nodeField, functions: functions)
  }

  private mutating func count(
    _ message: ProtobufMessage, nodeField: Int, functions: [FunctionKey: FunctionMessage]
  ) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      guard field.number == nodeField else { continue }
      let node = try NodeMessage(try field.message())
      if functions[node.key] != nil {
        callees[node.key, default: 0] += 1
      } else {
        ownNodes += 1
      }
      for attribute in node.attributes {
        guard case .graph(let body) = try AttributeMessage(attribute).content else { continue }
        try count(body, nodeField: GraphBuilder.nodeField, functions: functions)
      }
    }
  }
}

/// How large a model becomes when the functions it calls are put in the place of the calls.
///
/// A few functions that call each other twice make 2ⁿ nodes, so the size is found before anything
/// is inlined, each function counted once.
struct FunctionExpansion {
  private let calls: [FunctionKey: FunctionCalls]
  private var sizes: [FunctionKey: Int] = [:]
  private var open: [FunctionKey] = []

  /// The most nodes that inlining may make.
  static let maximumNodeCount = 250_000

  /// The longest chain of functions that call each other.
  static let maximumDepth = 64

  /// Checks that the functions a graph calls can be inlined.
  static func check(
    _ graph: ProtobufMessage, functions: [FunctionKey: FunctionMessage]
  ) throws(FormatError) {
    guard !functions.isEmpty else { return }
    let (top, calls) = try reading(graph, functions: functions)
    var expansion = FunctionExpansion(calls: calls)
    var total = 0
    for (key, count) in top.callees {
      total = total.addingSaturated(try expansion.size(of: key), times: count)
    }
    guard total <= maximumNodeCount else {
      throw .limit(what: "nodes in functions called by the model", limit: maximumNodeCount)
    }
  }

  private init(calls: [FunctionKey: FunctionCalls]) { self.calls = calls }

  private static func reading(
    _ graph: ProtobufMessage, functions: [FunctionKey: FunctionMessage]
  ) throws(FormatError) -> (FunctionCalls, [FunctionKey: FunctionCalls]) {
    do throws(ByteError) {
      let top = try FunctionCalls(
        in: graph, nodeField: GraphBuilder.nodeField, functions: functions)
      var calls: [FunctionKey: FunctionCalls] = [:]
      for (key, function) in functions {
        calls[key] = try FunctionCalls(
          in: function.body, nodeField: FunctionMessage.nodeField, functions: functions)
      }
      return (top, calls)
    } catch {
      throw .bytes(error)
    }
  }

  private mutating func size(of key: FunctionKey) throws(FormatError) -> Int {
    if let size = sizes[key] { return size }
    guard !open.contains(key) else { throw .recursiveFunction(name: key.description) }
    guard open.count < Self.maximumDepth else {
      throw .limit(what: "functions that call each other", limit: Self.maximumDepth)
    }
    guard let calls = calls[key] else { return 0 }
    open.append(key)
    defer { open.removeLast() }

    var size = calls.ownNodes
    for (callee, count) in calls.callees {
      size = size.addingSaturated(try self.size(of: callee), times: count)
    }
    sizes[key] = size
    return size
  }
}

extension Int {
  /// The sum with a product, or the largest integer if it does not fit.
  fileprivate func addingSaturated(_ other: Int, times count: Int) -> Int {
    let (product, productOverflows) = other.multipliedReportingOverflow(by: count)
    let (sum, sumOverflows) = addingReportingOverflow(product)
    return productOverflows || sumOverflows ? .max : sum
  }
}
