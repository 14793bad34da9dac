import ModelGraph
import Operators

/// Plays dispatches against a ledger of storages.
struct TrainingMachine {
  var ledger = StorageLedger()
  var tape = Tape()
  let environment: TrainingEnvironment

  /// Autocast's copies of parameters, by the parameters' storages.
  private var casts: [Int: LiveTensor] = [:]

  /// The phases whose threads have a workspace of cuBLAS.
  private var workspaces: Set<Trace.Phase> = []

  /// What becomes of what autograd notes.
  var recording = Recording.keeping

  /// What becomes of what products make.
  var products = ProductKeeping.none

  /// The kernels of the forward rules played since someone took them, and what autograd saved last.
  var nodeRun = NodeRun()

  /// Whether what a region computes again is in one inside of it, which saves it when it runs by itself.
  var savesNothing = false

  enum Recording {
    /// Nodes keep what they save.
    case keeping

    /// Nodes save nothing: the region of an index makes it later. The nodes are collected.
    case deferring(region: Int, nodes: [Int])

    /// A region runs again: what is saved goes to the nodes of its first run, up to the last that
    /// saves something.
    case replaying(nodes: [Int], next: Int)

    /// Nobody watches.
    case off
  }

  /// Whether a region that runs again has made all that its nodes saved.
  var hasReplayed: Bool {
    guard case .replaying(let nodes, let next) = recording else { return false }
    return next >= nodes.count
  }

  init(environment: TrainingEnvironment) { self.environment = environment }

  /// Runs a forward rule; each tensor that comes out holds one reference.
  mutating func forward(
    _ rule: TrainingRule, _ operands: [LiveTensor?], call: OperatorCall, outputs: [TensorType],
    origin: String, phase: Trace.Phase = .forward
  ) -> [LiveTensor] {
    var environment = environment
    if let type = call.attributes.string(Node.autocastAttribute) {
      environment.autocast = DataType(rawValue: type)
    }
    let own = operands.compactMap(\.self)
    let isCasting = environment.autocast != nil
    let copies = isCasting ? own.map { copy(of: $0) } : []
    let given = own + copies.compactMap(\.self)
    var isWatched = true
    if case .off = recording { isWatched = false }
    if call.attributes.flag("uncast") { environment.autocast = nil }
    var dispatcher = Dispatcher(
      operands: given.map(\.layout),
      needingGradients: given.map { isWatched && $0.edge != nil },
      parameters: isCasting ? Set(own.indices.filter { isParameter(own[$0]) }) : [],
      casts: Self.positions(of: copies), environment: environment, recordsGradients: true)
    if call.attributes.flag("inplace") { dispatcher.writtenBase = operands.first??.base }
    var next = 0
    let inputs = operands.map { operand -> DispatchedTensor? in
      guard operand != nil else { return nil }
      next += 1
      return dispatcher.operand(next - 1)
    }
    let returned = rule(
      &dispatcher,
      TrainingCall(
        inputs: inputs, outputs: outputs, attributes: call.attributes, call: call))
    let made = dispatcher.seeingWrittenView(in: returned)
    var play = Play(given, phase: phase, isForward: true, origin: origin)
    let moves = neededMoves(of: dispatcher.moves, operandCount: given.count)
    play.perform(moves, on: &self)
    return play.finish(returning: hasReplayed ? [] : made, on: &self).compactMap(\.self)
  }

  /// Drops autocast's copies, as the end of its region does.
  mutating func endAutocast() {
    for copy in casts.values.sorted(by: { $0.storage < $1.storage }) {
      ledger.release(copy.storage)
    }
    casts = [:]
  }

  /// Autocast's copy of a parameter.
  private func copy(of tensor: LiveTensor) -> LiveTensor? {
    var copy = casts[tensor.storage]
    if tensor.unwatchedEdge != nil { copy?.edge = nil }
    return copy
  }

  /// Source: `cached_cast` of `ATen/autocast_mode.cpp`, PyTorch 2.15, which has autograd watch.
  fileprivate mutating func keep(_ copy: LiveTensor, asCopyOf tensor: LiveTensor, origin: String) {
    ledger.retain(copy.storage)
    var copy = copy
    if let edge = tensor.unwatchedEdge, copy.edge == nil {
      let original = tensor.layout.type
      let node = Tape.Node(
        name: "ToCopyBackward0", origin: origin, edges: [edge], inputTypes: [original],
        outputCount: 1, saved: [],
        kind: .function { dispatcher, call in
          [call.gradient.map { dispatcher.cast($0, to: original.dataType) }]
        })
      copy.edge = note(node).map { Tape.Edge(node: $0, slot: 0) }
    }
    casts[tensor.storage] = copy
  }

  /// Gives the thread of a phase its workspace, once.
  fileprivate mutating func keepWorkspace(_ bytes: ByteCount, of phase: Trace.Phase) {
    guard workspaces.insert(phase).inserted else { return }
    _ = ledger.make(bytes, .workspace, named: "cuBLAS workspace")
  }

  /// Whether a tensor is a leaf that needs a gradient.
  func isParameter(_ tensor: LiveTensor) -> Bool {
    guard let edge = tensor.edge else { return tensor.unwatchedEdge != nil }
    return switch tape.nodes[edge.node].kind {
    case .accumulate, .leaf, .regionInput: true
    case .function, .region: false
    }
  }

  /// The positions of copies that follow the tensors they are copies of.
  private static func positions(of copies: [LiveTensor?]) -> [Int: Int] {
    var next = copies.count
    var positions: [Int: Int] = [:]
    for (index, copy) in copies.enumerated() where copy != nil {
      positions[index] = next
      next += 1
    }
    return positions
  }

  /// Runs the backward function of a node; each gradient that comes out holds one reference.
  mutating func backward(
    _ function: Backward, incoming: [LiveTensor?], saved: [LiveTensor], needs: [Bool],
    origin: String
  ) -> [LiveTensor?] {
    let given = incoming.compactMap(\.self) + saved
    var dispatcher = Dispatcher(
      operands: given.map(\.layout), needingGradients: given.map { _ in false },
      environment: environment, recordsGradients: false)
    var next = 0
    let gradients = incoming.map { gradient -> DispatchedTensor? in
      guard gradient != nil else { return nil }
      next += 1
      return dispatcher.operand(next - 1)
    }
    let kept = saved.indices.map { dispatcher.operand(next + $0) }
    let made = function(
      &dispatcher, BackwardCall(gradients: gradients, saved: kept, needs: needs))
    var play = Play(given, phase: .backward, isForward: false, origin: origin)
    play.perform(dispatcher.moves, on: &self)
    return play.finish(returning: made, on: &self)
  }
}

/// One dispatch being played: its tensors, and which references it still holds.
private struct Play {
  private var tensors: [LiveTensor]
  private let operandCount: Int

  /// Whether the dispatch holds a reference of its own to each tensor behind the operands.
  private var holds: [Bool] = []
  private let phase: Trace.Phase

  /// Whether what is made is an activation, in the forward pass or once more in the other.
  private let isForward: Bool
  private let origin: String
  private var kernel = ""

  /// The number of tensors when the kernel began, and the storages that it has made.
  private var kernelStart = 0
  private var kernelStorages: [Int] = []

  init(_ operands: [LiveTensor], phase: Trace.Phase, isForward: Bool, origin: String) {
    self.isForward = isForward
    tensors = operands
    operandCount = operands.count
    self.phase = phase
    self.origin = origin
  }

  mutating func perform(_ moves: [DispatchMove], on machine: inout TrainingMachine) {
    for move in moves {
      switch move {
      case .begin(let kernel): begin(kernel, on: &machine)
      case .allocate(let layout, let bytes):
        allocate(layout, bytes, on: &machine)
      case .share(let layout, let other):
        machine.ledger.retain(tensors[other].storage)
        add(LiveTensor(storage: tensors[other].storage, layout: layout, isView: true))
      case .release(let index):
        drop(index, on: &machine)
      case .keepWorkspace(let bytes): machine.keepWorkspace(bytes, of: phase)
      case .keep(let copy, let tensor):
        machine.keep(tensors[copy], asCopyOf: tensors[tensor], origin: origin)
      case .record(let node):
        record(node, on: &machine)
      }
    }
  }

  private mutating func begin(_ name: String, on machine: inout TrainingMachine) {
    endKernel(on: &machine)
    kernel = name
    kernelStart = tensors.count
    if isForward { machine.nodeRun.kernels.append(name) }
    guard !isReturned(on: machine) else { return }
    machine.ledger.begin(
      Trace.Step(node: origin, operatorName: OperatorName(name, domain: "aten"), phase: phase))
  }

  /// Whether the kernel does not run because what it made is there.
  private func isReturned(on machine: TrainingMachine) -> Bool {
    guard case .returning = machine.products else { return false }
    return ProductKernel(kernel: kernel) != nil
  }

  /// Holds what a product has made, where that is asked for.
  private mutating func endKernel(on machine: inout TrainingMachine) {
    defer { kernelStorages = [] }
    guard case .collecting(var made) = machine.products, ProductKernel(kernel: kernel) != nil
    else { return }
    for storage in kernelStorages {
      let isResult = machine.ledger.isLive(storage)
      if isResult { machine.ledger.retain(storage) }
      made.append(isResult ? storage : nil)
    }
    machine.products = .collecting(made)
  }

  /// Keeps what is returned and drops the rest.
  mutating func finish(
    returning results: [DispatchedTensor?], on machine: inout TrainingMachine
  ) -> [LiveTensor?] {
    endKernel(on: &machine)
    let returned = results.map { result -> LiveTensor? in
      guard let result else { return nil }
      machine.ledger.retain(tensors[result.index].storage)
      return tensors[result.index]
    }
    for index in (operandCount..<tensors.count).reversed() { drop(index, on: &machine) }
    return returned
  }

  private mutating func allocate(
    _ layout: TensorLayout, _ bytes: ByteCount, on machine: inout TrainingMachine
  ) {
    let category: Trace.Category = isForward ? .activation : .workspace
    let storage =
      isReturned(on: machine)
      ? machine.nextProduct()
      : machine.ledger.make(bytes, category, named: origin, kernel)
    kernelStorages.append(storage)
    add(LiveTensor(storage: storage, layout: layout))
  }

  private mutating func add(_ tensor: LiveTensor) {
    tensors.append(tensor)
    holds.append(true)
  }

  private mutating func drop(_ index: Int, on machine: inout TrainingMachine) {
    guard index >= operandCount, holds[index - operandCount] else { return }
    holds[index - operandCount] = false
    machine.ledger.release(tensors[index].storage)
  }

  private mutating func record(_ node: AutogradNode, on machine: inout TrainingMachine) {
    if !node.saved.isEmpty {
      machine.nodeRun.saving =
        node.readsOperandsOnly(ofKernelFrom: kernelStart) ? .operands : .results
    }
    guard
      let index = machine.note(
        Tape.Node(
          name: node.name, origin: origin,
          edges: node.inputs.map { $0.flatMap { tensors[$0].edge } },
          inputTypes: node.inputTypes, outputCount: node.outputs.count,
          saved: node.saved.map { tensors[$0] }, kind: .function(node.backward)))
    else { return }
    for (slot, output) in node.outputs.enumerated() {
      tensors[output].edge = Tape.Edge(node: index, slot: slot)
    }
    if node.isView, let output = node.outputs.first, let input = node.inputs.first ?? nil {
      tensors[output].base = tensors[input].base ?? tensors[input].layout
    }
  }
}
