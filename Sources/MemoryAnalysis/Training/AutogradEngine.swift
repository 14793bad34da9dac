import ModelGraph
import Operators

/// PyTorch's engine: runs the nodes that are ready, the latest first.
///
/// A node is ready when every node that sends it a gradient has run. A gradient that meets another
/// is added in place if nobody else holds the first one. After a node has run and its
/// gradients were summed over broadcast axes, what it was given and what it had saved are freed,
/// before the gradients go on.
/// Source: `torch/csrc/autograd/engine.cpp`, `input_buffer.cpp`, PyTorch 2.15.
struct AutogradEngine {
  private var pending: [Int]

  /// The gradients that each node was sent; empty for one that was sent none.
  private var buffers: [[LiveTensor?]]
  private var ready = ReadyQueue()

  /// A tensor to differentiate: the end of its edge, and its own gradient.
  struct Root {
    var edge: Tape.Edge
    var seed: LiveTensor
  }

  /// Runs the backward pass from tensors; gradients go to the session's parameters.
  static func run(from roots: [Root], in session: inout TrainingSession) {
    var engine = AutogradEngine(session.machine.tape, roots: roots)
    for root in roots {
      session.machine.ledger.retain(root.seed.storage)
      engine.receive(root.seed, at: root.edge, on: &session.machine)
      engine.pending[root.edge.node] -= 1
      if engine.pending[root.edge.node] == 0 {
        engine.ready.add(root.edge.node, session.machine.tape)
      }
    }
    while let node = engine.ready.takeNext() { engine.run(node, in: &session) }
  }

  /// Counts the gradients that each reachable node waits for.
  private init(_ tape: Tape, roots: [Root]) {
    pending = Array(repeating: 0, count: tape.nodes.count)
    buffers = Array(repeating: [], count: tape.nodes.count)
    var isSeen = Array(repeating: false, count: tape.nodes.count)
    var open: [Int] = []
    for root in roots {
      pending[root.edge.node] += 1
      guard !isSeen[root.edge.node] else { continue }
      isSeen[root.edge.node] = true
      open.append(root.edge.node)
    }
    while let node = open.popLast() {
      for case let edge? in tape.nodes[node].edges {
        pending[edge.node] += 1
        guard !isSeen[edge.node] else { continue }
        isSeen[edge.node] = true
        open.append(edge.node)
      }
    }
  }

  private mutating func run(_ index: Int, in session: inout TrainingSession) {
    let node = session.machine.tape.nodes[index]
    var incoming: [LiveTensor?] = []
    swap(&incoming, &buffers[index])
    if incoming.isEmpty { incoming = Array(repeating: nil, count: node.outputCount) }
    switch node.kind {
    case .accumulate(let parameter):
      guard case let gradient?? = incoming.first else { return }
      // One that is added to another may lie as it likes.
      let own =
        session.gradients[parameter] == nil
        ? session.values[session.parameters[parameter].index]?.layout : nil
      let fitted = lay(gradient, as: own, node.origin, on: &session.machine)
      accumulate(
        fitted, into: &session.gradients[parameter], node.origin, on: &session.machine)
      session.noteGradient(of: parameter)
    case .leaf:
      guard case let gradient?? = incoming.first else { return }
      var own: LiveTensor?
      accumulate(gradient, into: &own, node.origin, on: &session.machine)
      if let own { session.leaves.append(own) }
    case .regionInput(let input):
      if case let gradient?? = incoming.first { session.regionGradients[input] = gradient }
    case .region(let region):
      let made = session.runBackwards(region, incoming: incoming)
      session.machine.ledger.release(incoming.compactMap(\.self))
      session.releaseInputs(of: region)
      send(made, along: node.edges, on: &session.machine)
    case .function(let function):
      if let region = node.region { session.recompute(region) }
      // The region may have one inside of it that the node is in.
      let region = session.machine.tape.nodes[index].region
      if let region, region != node.region { session.recompute(region) }
      call(function, of: node, in: region, index, incoming, &session)
    }
  }

  /// Runs the backward function of a node, lets go of what it was given and of what it had saved.
  ///
  /// What a region has computed again is held by variables of the function alone, so it goes before gradients
  /// are summed over broadcast axes, the last first.
  private mutating func call(
    _ function: Backward, of node: Tape.Node, in region: Int?, _ index: Int,
    _ incoming: [LiveTensor?], _ session: inout TrainingSession
  ) {
    let saved = session.machine.tape.takeSaved(of: index)
    var made = session.machine.backward(
      function, incoming: incoming, saved: saved, needs: node.edges.map { $0 != nil },
      origin: node.origin, number: node.number)
    if region != nil { session.machine.ledger.release(saved.reversed()) }
    for (position, type) in zip(made.indices, node.inputTypes) {
      guard let gradient = made[position] else { continue }
      made[position] = fit(gradient, type, node.origin, on: &session.machine)
    }
    session.machine.ledger.release(incoming.compactMap(\.self))
    if region == nil { session.machine.ledger.release(saved) }
    if let region { session.noteRelease(in: region) }
    send(made, along: node.edges, on: &session.machine)
  }

  /// Sums a gradient over broadcast axes and casts it, as the engine does before it goes on.
  private func fit(
    _ gradient: LiveTensor, _ type: TensorType?, _ origin: String,
    on machine: inout TrainingMachine
  ) -> LiveTensor {
    guard let type, gradient.layout.type != type else { return gradient }
    let fitted = machine.backward(
      { dispatcher, call in
        guard let gradient = call.gradient else { return [nil] }
        let summed = dispatcher.sum(gradient, to: type.shape)
        return [dispatcher.cast(summed, to: type.dataType)]
      }, incoming: [gradient], saved: [], needs: [true], origin: origin)
    machine.ledger.release(gradient.storage)
    return (fitted.first ?? nil) ?? gradient
  }

  private mutating func send(
    _ gradients: [LiveTensor?], along edges: [Tape.Edge?], on machine: inout TrainingMachine
  ) {
    for (position, edge) in edges.enumerated() {
      let gradient = gradients.indices.contains(position) ? gradients[position] : nil
      guard let edge else {
        if let gradient { machine.ledger.release(gradient.storage) }
        continue
      }
      if let gradient { receive(gradient, at: edge, on: &machine) }
      pending[edge.node] -= 1
      if pending[edge.node] == 0 { ready.add(edge.node, machine.tape) }
    }
  }

  /// Puts a gradient into a node's buffer, added to what is there.
  private mutating func receive(
    _ gradient: LiveTensor, at edge: Tape.Edge, on machine: inout TrainingMachine
  ) {
    let node = edge.node
    if buffers[node].isEmpty {
      buffers[node] = Array(repeating: nil, count: machine.tape.nodes[node].outputCount)
    }
    if let old = buffers[node][edge.slot] {
      buffers[node][edge.slot] = add(gradient, to: old, machine.tape.nodes[node].origin, &machine)
    } else {
      buffers[node][edge.slot] = gradient
    }
  }

  private func add(
    _ gradient: LiveTensor, to old: LiveTensor, _ origin: String, _ machine: inout TrainingMachine
  ) -> LiveTensor {
    if machine.ledger.isUnique(old.storage), old.layout.isDense, !old.isView {
      machine.ledger.release(gradient.storage)
      return old
    }
    machine.ledger.begin(
      Trace.Step(
        node: origin, operatorName: OperatorName("add_Tensor", domain: "aten"), phase: .backward))
    let layout = old.layout.densified()
    let storage = machine.ledger.make(
      layout.type.byteCount, .workspace, named: origin, "sum of gradients")
    machine.ledger.release(old.storage)
    machine.ledger.release(gradient.storage)
    return LiveTensor(storage: storage, layout: layout)
  }

  /// The gradient laid out as the parameter is: a copy if it lies otherwise.
  ///
  /// Source: `obeys_layout_contract` of `torch/csrc/autograd/utils/grad_layout_contract.h`.
  private func lay(
    _ gradient: LiveTensor, as parameter: TensorLayout?, _ origin: String,
    on machine: inout TrainingMachine
  ) -> LiveTensor {
    guard let parameter, !gradient.layout.liesAs(parameter) else { return gradient }
    return copy(gradient, as: parameter, origin, on: &machine)
  }

  private func copy(
    _ gradient: LiveTensor, as layout: TensorLayout, _ origin: String,
    on machine: inout TrainingMachine
  ) -> LiveTensor {
    machine.ledger.begin(
      Trace.Step(
        node: origin, operatorName: OperatorName("new_empty_strided", domain: "aten"),
        phase: .backward))
    let storage = machine.ledger.make(
      layout.type.byteCount, .gradient, named: "gradient of \(origin)")
    machine.ledger.release(gradient.storage)
    return LiveTensor(storage: storage, layout: layout)
  }

  /// Makes a gradient the parameter's own, or a copy if it is somebody else's too, or adds it to the one
  /// that is there.
  private func accumulate(
    _ gradient: LiveTensor, into own: inout LiveTensor?, _ origin: String,
    on machine: inout TrainingMachine
  ) {
    if own != nil {
      machine.ledger.release(gradient.storage)
      return
    }
    own = gradient
    if !gradient.isView, !machine.ledger.isUnique(gradient.storage) {
      own = copy(gradient, as: gradient.layout.densified(), origin, on: &machine)
    }
    if let own { machine.ledger.mark(own.storage, as: .gradient) }
  }
}

extension TensorLayout {
  /// Whether a tensor of the same shape has its elements in the same places, axes of size one aside.
  fileprivate func liesAs(_ other: TensorLayout) -> Bool {
    guard shape == other.shape else { return true }
    guard other.isDense else { return isContiguous }
    return shape.indices.allSatisfy { shape[$0] == 1 || strides[$0] == other.strides[$0] }
  }
}
