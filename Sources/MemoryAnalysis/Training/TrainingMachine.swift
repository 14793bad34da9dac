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

  /// What calls that come again dispatched.
  private var memory = DispatchMemory()

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
    origin: String
  ) -> [LiveTensor] {
    let asked = question(
      about: operands.compactMap(\.self), at: operands.map { $0 != nil }, call.attributes)
    return play(dispatch(asked, rule, call, outputs: outputs), for: asked, origin: origin)
  }

  /// A forward rule's operands, autocast's copies after them, and what the rule can see of them.
  struct ForwardQuestion {
    let given: [LiveTensor]
    let areThere: [Bool]
    let seen: DispatchQuestion

    /// The number that the call shares with others that are the same; `nil` if it is the only one.
    let number: Int?
  }

  /// What another call of the same number has dispatched, if it found the same.
  func known(_ question: ForwardQuestion) -> Dispatched? {
    memory.dispatched(question.number, question.seen)
  }

  /// Plays what was dispatched; each tensor that comes out holds one reference.
  mutating func play(
    _ dispatched: Dispatched, for question: ForwardQuestion, origin: String,
    phase: Trace.Phase = .forward
  ) -> [LiveTensor] {
    nodeRun.kernels += dispatched.kernels
    var play = Play(question.given, phase: phase, isForward: true, origin: origin)
    let moves = neededMoves(of: dispatched.moves, operandCount: question.given.count)
    play.perform(moves, on: &self)
    return play.finish(returning: hasReplayed ? [] : dispatched.made, on: &self)
      .compactMap(\.self)
  }

  /// What a rule finds whose operands stand at some of its places.
  func question(
    about own: [LiveTensor], at areThere: [Bool], _ attributes: Attributes, number: Int? = nil
  ) -> ForwardQuestion {
    var autocast = environment.autocast
    if let type = attributes.string(Node.autocastAttribute) {
      autocast = DataType(rawValue: type)
    }
    let isCasting = autocast != nil
    let copies = isCasting ? own.map { copy(of: $0) } : []
    let given = isCasting ? own + copies.compactMap(\.self) : own
    let isWatched = isWatched
    let seen = DispatchQuestion(
      operands: given.layouts,
      needsGradients: given.indices.map { isWatched && given[$0].edge != nil },
      parameters: isCasting ? Set(own.indices.filter { isParameter(own[$0]) }) : [],
      casts: Self.positions(of: copies),
      autocast: attributes.flag("uncast") ? nil : autocast,
      writtenBase: attributes.flag("inplace") && areThere.first == true ? own.first?.base : nil)
    return ForwardQuestion(given: given, areThere: areThere, seen: seen, number: number)
  }

  private var isWatched: Bool {
    if case .off = recording { return false }
    return true
  }

  /// What a rule dispatches.
  mutating func dispatch(
    _ asked: ForwardQuestion, _ rule: TrainingRule, _ call: OperatorCall, outputs: [TensorType]
  ) -> Dispatched {
    let question = asked.seen
    var environment = environment
    environment.autocast = question.autocast
    var dispatcher = Dispatcher(
      operands: question.operands, needingGradients: question.needsGradients,
      parameters: question.parameters, casts: question.casts, environment: environment,
      recordsGradients: true)
    dispatcher.writtenBase = question.writtenBase
    let returned = rule(
      &dispatcher,
      TrainingCall(
        inputs: dispatcher.operands(where: asked.areThere), outputs: outputs,
        attributes: call.attributes, call: call))
    let made = dispatcher.seeingWrittenView(in: returned)
    return memory.keep(Dispatched(moves: dispatcher.moves, made: made), question, asked.number)
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
  ///
  /// What the function of a number dispatched is taken for the next one of that number, if it finds the same.
  mutating func backward(
    _ function: Backward, incoming: [LiveTensor?], saved: [LiveTensor], needs: [Bool],
    origin: String, number: Int? = nil
  ) -> [LiveTensor?] {
    let given = incoming.compactMap(\.self) + saved
    let question = GradientQuestion(
      operands: given.layouts, areSent: incoming.indices.map { incoming[$0] != nil },
      needs: needs)
    let dispatched =
      memory.dispatched(number, question)
      ?? memory.keep(dispatch(function, question), question, number)
    var play = Play(given, phase: .backward, isForward: false, origin: origin)
    play.perform(dispatched.moves, on: &self)
    return play.finish(returning: dispatched.made, on: &self)
  }

  private func dispatch(
    _ function: Backward, _ question: GradientQuestion
  ) -> DispatchedGradients {
    let operands = question.operands
    var dispatcher = Dispatcher(
      operands: operands, needingGradients: Array(repeating: false, count: operands.count),
      environment: environment, recordsGradients: false)
    let gradients = dispatcher.operands(where: question.areSent)
    let saved = (gradients.count(where: { $0 != nil })..<operands.count)
      .map { dispatcher.operand($0) }
    let made = function(
      &dispatcher, BackwardCall(gradients: gradients, saved: saved, needs: question.needs))
    return DispatchedGradients(moves: dispatcher.moves, made: made)
  }
}

extension [LiveTensor] {
  /// How each lies; no tensor is copied for it, as it would be to be handed to a function.
  fileprivate var layouts: [TensorLayout] { indices.map { self[$0].layout } }
}

/// One dispatch being played: its tensors, and which references it still holds.
private struct Play {
  private var operands: [LiveTensor]

  /// The tensors behind the operands, to which the dispatch holds references of its own.
  private var made: [Made] = []

  private struct Made {
    var tensor: LiveTensor
    var isHeld = true
  }

  /// Whether somebody asks what products make.
  private var isCollecting = false
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
    self.operands = operands
    self.phase = phase
    self.origin = origin
  }

  mutating func perform(_ moves: [DispatchMove], on machine: inout TrainingMachine) {
    made.reserveCapacity(moves.count)
    if case .collecting = machine.products { isCollecting = true }
    for move in moves {
      switch move {
      case .begin(let kernel): begin(kernel, on: &machine)
      case .allocate(let layout, let bytes):
        allocate(layout, bytes, on: &machine)
      case .share(let layout, let other):
        let storage = storage(of: other)
        machine.ledger.retain(storage)
        add(LiveTensor(storage: storage, layout: layout, isView: true))
      case .release(let index):
        drop(index, on: &machine)
      case .keepWorkspace(let bytes): machine.keepWorkspace(bytes, of: phase)
      case .keep(let copy, let tensor):
        machine.keep(self[copy], asCopyOf: self[tensor], origin: origin)
      case .record(let node):
        record(node, on: &machine)
      }
    }
  }

  private mutating func begin(_ name: String, on machine: inout TrainingMachine) {
    endKernel(on: &machine)
    kernel = name
    kernelStart = operands.count + made.count
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
      machine.ledger.retain(storage(of: result.index))
      return self[result.index]
    }
    for index in made.indices.reversed() { drop(operands.count + index, on: &machine) }
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
    if isCollecting { kernelStorages.append(storage) }
    add(LiveTensor(storage: storage, layout: layout))
  }

  private mutating func add(_ tensor: LiveTensor) {
    made.append(Made(tensor: tensor))
  }

  /// A tensor by its place: the operands stand first.
  private subscript(place: Int) -> LiveTensor {
    get { place < operands.count ? operands[place] : made[place - operands.count].tensor }
    _modify {
      if place < operands.count {
        yield &operands[place]
      } else {
        yield &made[place - operands.count].tensor
      }
    }
  }

  private func storage(of place: Int) -> Int {
    place < operands.count ? operands[place].storage : made[place - operands.count].tensor.storage
  }

  private mutating func drop(_ place: Int, on machine: inout TrainingMachine) {
    let index = place - operands.count
    guard index >= 0, made[index].isHeld else { return }
    made[index].isHeld = false
    machine.ledger.release(made[index].tensor.storage)
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
          edges: node.inputs.map { $0.flatMap { self[$0].edge } },
          inputTypes: node.inputTypes, outputCount: node.outputs.count,
          saved: node.saved.map { self[$0] }, kind: .function(node.backward),
          number: node.number))
    else { return }
    for (slot, output) in node.outputs.enumerated() {
      self[output].edge = Tape.Edge(node: index, slot: slot)
    }
    if node.isView, let output = node.outputs.first, let input = node.inputs.first ?? nil {
      self[output].base = self[input].base ?? self[input].layout
    }
  }
}
