import ModelGraph
import Operators

extension TrainingSession {
  /// Runs the graph and the loss; the loss holds one reference.
  mutating func forward() -> LiveTensor? {
    runNodes()
    // Language models make their loss themselves, inside of what is distributed.
    if self.loss.target != .tokens { copyDistributedOutputs() }
    let loss = computeLoss()
    if self.loss.target == .tokens { copyDistributedOutputs() }
    // What only they lead to goes when the backward pass begins; the loss may be one of them.
    for id in facts.graph.outputs { _ = letGo(of: id) }
    return loss
  }

  /// Runs the graph; its outputs live on.
  mutating func runNodes() {
    var next = 0
    for region in settings.strategy.recomputation.regions(in: facts.graph) {
      for step in next..<region.nodes.lowerBound { runForward(step) }
      run(region)
      next = region.nodes.upperBound
    }
    for step in next..<facts.graph.nodes.count { runForward(step) }
  }

  /// Runs a node, then drops what nothing needs after it.
  mutating func runForward(_ step: Int) {
    run(facts.graph.nodes[step], at: step)
    if facts.graph.nodes[step].attributes.flag(Node.autocastEndAttribute) { machine.endAutocast() }
    for id in endings(of: step) { drop(id) }
    guard !besides.isEmpty else { return }
    machine.ledger.release(besides.removeValue(forKey: step) ?? [])
  }

  mutating func run(_ node: Node, at step: Int, phase: Trace.Phase = .forward) {
    awaitForwardFacts()
    var (operands, areThere) = ([LiveTensor](), [Bool]())
    operands.reserveCapacity(node.inputs.count)
    areThere.reserveCapacity(node.inputs.count)
    for id in node.inputs {
      let operand = operand(of: node, id)
      areThere.append(operand != nil)
      if let operand { operands.append(operand) }
    }
    let definition = forwardFacts?.definitions[step]
    if definition == nil { noteOpaque(node) }
    machine.nodeRun = NodeRun()
    let name = facts.displayName(node)
    let question = machine.question(
      about: operands, at: areThere, node.attributes, number: forwardFacts?.repeated[step])
    let dispatched =
      machine.known(question)
      ?? machine.dispatch(
        question, definition?.trainingRule ?? .undeclared(node.operatorName),
        call(of: node, at: step), outputs: outputs(of: node))
    var made = machine.play(dispatched, for: question, origin: name, phase: phase)
    if made.isEmpty, !machine.hasReplayed, !outputs(of: node).isEmpty {
      // The call is of a kind that the rule does not know.
      noteOpaque(node)
      let question = machine.question(about: operands, at: areThere, node.attributes)
      let undeclared = machine.dispatch(
        question, .undeclared(node.operatorName), call(of: node, at: step),
        outputs: outputs(of: node))
      made = machine.play(undeclared, for: question, origin: name, phase: phase)
    }
    if phase == .forward { nodeRuns[step] = machine.nodeRun }
    let results = node.outputs.compactMap(\.self)
    for (id, tensor) in zip(results, made) {
      values[id.index] = tensor
      self.types[id.index] = tensor.layout.dataType
    }
    hold(Array(made.dropFirst(results.count)), of: node, at: step, phase)
    if phase == .forward { watchEmbedding(node) }
  }

  private func outputs(of node: Node) -> [TensorType] {
    node.outputs.compactMap { $0.flatMap { facts.graph[$0].type.tensorType } }
  }

  /// The call of a node, which is told the element type of what it reads for that alone, which may be gone.
  private func call(of node: Node, at step: Int) -> OperatorCall {
    var call = forwardFacts?.calls[step] ?? facts.call(node)
    guard let id = node.inputs.dropFirst().first ?? nil, node.readsTypeOnly(at: 1),
      let type = types[id.index]
    else { return call }
    call.attributes["model"] = .string(type.rawValue)
    return call
  }

  /// Holds what a node makes beside its outputs as long as the variable does that it names.
  private mutating func hold(
    _ tensors: [LiveTensor], of node: Node, at step: Int, _ phase: Trace.Phase
  ) {
    guard !tensors.isEmpty else { return }
    guard phase == .forward, let path = node.attributes.string(ForwardHolds.besidesAttribute)
    else { return machine.ledger.release(tensors) }
    let end = ForwardHolds.lastStep(ofCall: path, around: step, facts.graph.nodes)
    besides[end, default: []] += tensors
  }

  /// An operand of a node; autograd does not watch what a detached node does with it.
  private func operand(of node: Node, _ id: ValueID?) -> LiveTensor? {
    var tensor = id.flatMap { values[$0.index] }
    guard node.attributes.flag("detached"), let watched = tensor else { return tensor }
    tensor?.unwatchedEdge = machine.isParameter(watched) ? watched.edge : nil
    tensor?.edge = nil
    return tensor
  }

  private mutating func noteOpaque(_ node: Node) {
    let diagnostic = Diagnostic(
      .warning, "opaqueOperator",
      "\(node.operatorName) is not declared: it is taken to keep all it touches and to make the "
        + "gradient of each operand",
      at: facts.displayName(node))
    if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }

  mutating func drop(_ id: ValueID) {
    if let node = letGo(of: id)?.edge?.node { abandon(node) }
  }

  private mutating func letGo(of id: ValueID) -> LiveTensor? {
    guard facts.isActivation(id), let tensor = values[id.index] else { return nil }
    values[id.index] = nil
    machine.ledger.release(tensor.storage)
    return tensor
  }

  /// Lets go of what a node of autograd kept that nothing can reach any more.
  private mutating func abandon(_ node: Int) {
    guard case .keeping = machine.recording, machine.tape.isUnused(node) else { return }
    let held = Set(values.compactMap { $0?.edge?.node })
    machine.ledger.release(machine.tape.abandon(node) { held.contains($0) })
  }

  private mutating func computeLoss() -> LiveTensor? {
    if let id = facts.ownLoss, let loss = values[id.index] {
      machine.ledger.retain(loss.storage)
      return loss
    }
    guard let output = facts.graph.outputs.first, let main = computeLoss(of: output) else {
      return nil
    }
    let others = facts.graph.auxiliaryOutputs.compactMap { computeLoss(of: $0) }
    defer { machine.ledger.release(others.isEmpty ? [] : [main] + others) }
    var total = main
    for other in others { total = add(other, to: total, isSum: total.storage != main.storage) }
    return total
  }

  private mutating func computeLoss(of output: ValueID) -> LiveTensor? {
    guard let logits = values[output.index], loss.target == .nothing || !labels.isEmpty else {
      return nil
    }
    return machine.forward(
      loss.rule, [logits] + labels, call: OperatorCall([]),
      outputs: [TensorType(logits.layout.dataType, [])], origin: "loss"
    ).first
  }

  /// The weighted sum of a loss and another; a sum before it goes.
  private mutating func add(
    _ other: LiveTensor, to total: LiveTensor, isSum: Bool
  ) -> LiveTensor {
    let made = machine.forward(
      .weightedSum, [total, other], call: OperatorCall([]), outputs: [total.layout.type],
      origin: "loss")
    if isSum { machine.ledger.release(total.storage) }
    return made.first ?? total
  }
}

extension GraphFacts {
  /// The first output, if it is a single number: the loss that the model computes itself.
  var ownLoss: ValueID? {
    guard let output = graph.outputs.first, isActivation(output),
      let type = graph[output].type.tensorType, type.dataType.isFloatingPoint, type.rank == 0
    else { return nil }
    return output
  }
}
