import ByteFormats
import ModelGraph

extension GraphBuilder {
  /// Puts the nodes of a function in the place of a node that calls it.
  ///
  /// ``FunctionExpansion`` has made sure that this ends.
  mutating func inline(
    _ function: FunctionMessage, for node: NodeMessage
  ) throws(ByteError) {
    let outputs = node.outputs.map { result(named: $0) }
    let (inner, copies) = scope(of: function, for: node, outputs: outputs)
    var innerCall = Call(
      operatorSets: OperatorSets(function, in: call.operatorSets, log: &log))
    innerCall.attributes = try attributes(of: function, for: node)

    let (outerScope, outerCall) = (level.scope, call)
    level.scope = inner
    call = innerCall
    try declareOutputs(ofNodesIn: function.body, field: FunctionMessage.nodeField)
    try addNodes(of: function.body, field: FunctionMessage.nodeField)
    level.scope = outerScope
    call = outerCall

    for copy in copies { addIdentity(copy) }
    for case let output? in outputs where !level.isAvailable[output.index] {
      let name = level.graph.values[output.index].name
      log.add(.error, "missingOutput", "the function \(function.key) does not make it", at: name)
      makeAvailable(output)
    }
  }

  /// An output of a function that is one of its inputs, or another of its outputs.
  private struct Copy {
    var source: ValueID
    var target: ValueID
  }

  private mutating func scope(
    of function: FunctionMessage, for node: NodeMessage, outputs: [ValueID?]
  ) -> (Scope, [Copy]) {
    let name = callName(node.name.isEmpty ? node.operatorType : node.name)
    var scope = Scope(seesOuter: false, prefix: name + "/")
    scope.module = node.module ?? level.scope.module
    for (index, formal) in function.inputs.enumerated() {
      let actual = node.inputs.indices.contains(index) ? operand(named: node.inputs[index]) : nil
      if let actual { scope.values[formal] = actual } else { scope.omitted.insert(formal) }
    }
    var copies: [Copy] = []
    for case (let formal, let actual?) in zip(function.outputs, outputs) {
      if let source = scope.values[formal] {
        copies.append(Copy(source: source, target: actual))
      } else {
        scope.values[formal] = actual
      }
    }
    return (scope, copies)
  }

  /// A name for a call that no other call has.
  private mutating func callName(_ name: String) -> String {
    let path = level.scope.prefix + name
    let count = callNames[path, default: 0]
    callNames[path] = count + 1
    return count == 0 ? path : "\(path)#\(count)"
  }

  private func attributes(
    of function: FunctionMessage, for node: NodeMessage
  ) throws(ByteError) -> [String: AttributeMessage.Content] {
    var attributes = function.defaults
    for message in node.attributes {
      let attribute = try AttributeMessage(message)
      let content = resolve(attribute)
      if case .absent = content { continue }
      attributes[attribute.name] = content
    }
    return attributes
  }

  private mutating func addIdentity(_ copy: Copy) {
    let version = call.operatorSets.version(of: "")
    level.graph.nodes.append(
      Node("Identity", version: version, inputs: [copy.source], outputs: [copy.target]))
    makeAvailable(copy.target)
  }
}
