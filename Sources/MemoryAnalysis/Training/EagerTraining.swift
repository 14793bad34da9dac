public import ModelGraph
import Operators

/// Training in eager PyTorch on CUDA, as the trace that it leaves.
public struct EagerTraining: Sendable {
  public let settings: TrainingSettings

  public init(_ settings: TrainingSettings) { self.settings = settings }

  /// Builds the model and trains it for two steps.
  ///
  /// The tensors are in the order in which the model's constructor makes them, tied ones too; empty
  /// if that is not known.
  public func trace(of graph: Graph, tensors: [Tensor] = []) -> TrainingTrace {
    trace(of: graph, tensors: tensors) { _ in }
  }

  /// The same; tells what is written down of the building and the first step before the second.
  func trace(
    of graph: Graph, tensors: [Tensor], afterFirstStep tell: (TrainingTrace) -> Void
  ) -> TrainingTrace {
    var session = TrainingSession(graph.inTraining(), settings)
    session.build(tensors)
    session.step(0)
    tell(session.written)
    session.step(1)
    let result = session.result
    letGoBeside(session)
    return result
  }

  /// Builds the model in evaluation mode and calls it once under `torch.no_grad()`.
  ///
  /// The outputs live on.
  public func inferenceTrace(of graph: Graph, tensors: [Tensor] = []) -> TrainingTrace {
    var settings = settings
    settings.optimizer = .none
    settings.environment.isTraining = false
    // Modules do not take their fast paths under autocast.
    let isPlain = settings.precision.autocast == nil
    var session = TrainingSession(isPlain ? graph.takingFastPaths() : graph, settings)
    session.build(tensors)
    session.infer()
    return session.result
  }
}

/// What the forward pass asks of a graph at each node.
struct ForwardFacts: Sendable {
  /// The call of each node.
  let calls: [OperatorCall]
  let repeated: RepeatedCalls

  /// The operators that take the operands and attributes of their nodes, as far as can be told: rules of training
  /// count on it.
  let definitions: NodeDefinitions
  let holds: ForwardHolds

  init(_ facts: GraphFacts) {
    let calls = facts.graph.nodes.indices.map { facts.call(at: $0) }
    self.calls = calls
    repeated = RepeatedCalls(facts, calls)
    definitions = facts.definitions.filtered { step, definition in definition.takes(calls[step]) }
    holds = ForwardHolds(facts)
  }
}

extension OperatorDefinition {
  fileprivate func takes(_ call: OperatorCall) -> Bool {
    do throws(ShapeError) {
      _ = try shape(call)
      return true
    } catch {
      return error.isLackOfKnowledge
    }
  }
}

/// A model in training.
struct TrainingSession {
  let facts: GraphFacts

  /// What the forward pass asks of the graph, found beside the building of the model.
  private let begunFacts: Deferred<ForwardFacts>

  /// The same from the first node on that runs.
  private(set) var forwardFacts: ForwardFacts?
  var settings: TrainingSettings
  let loss: TrainingLoss
  var machine: TrainingMachine

  /// The values of the graph that are live.
  var values: [LiveTensor?]

  /// The element types that activations had when they were made.
  var types: [DataType?]
  var labels: [LiveTensor] = []

  /// What nodes made beside their outputs, by the step after which it goes.
  var besides: [Int: [LiveTensor]] = [:]

  /// Parameters that are others under a second name, with those others.
  private var tied: [(name: ValueID, owner: ValueID)] = []

  /// The parameters, by index, as the optimizer sees them.
  var parameters: [ValueID] = []
  var gradients: [LiveTensor?] = []

  /// What the optimizer keeps, by the parameter's index.
  var optimizerState: [Int: [Int]] = [:]

  /// The places of the state that modules keep as attributes, not as buffers.
  var unregistered: Set<Int> = []

  /// Whether the tables that quantized state shares are made.
  var hasCodebooks = false

  /// The recomputed regions of the current forward pass.
  var regions: [RegionRun] = []

  /// What is no parameter but keeps its gradient, then the gradients, as long as autograd knows of them.
  var leaves: [LiveTensor] = []

  /// What each node did in the last forward pass.
  var nodeRuns: [NodeRun]

  /// The gradients of what came into the region whose own backward pass runs, by position.
  var regionGradients: [Int: LiveTensor] = [:]

  /// The buckets in which gradients are sent to other processes.
  var buckets = GradientBuckets()

  /// What the gradient scaler keeps.
  var scaler: [LiveTensor] = []

  private(set) var marks: [TrainingTrace.Mark] = []

  /// What the last step did before the optimizer's.
  private var passes: RepeatedPasses?
  var diagnostics: [Diagnostic] = []
  private var hasLoss = false

  init(_ original: Graph, _ settings: TrainingSettings) {
    let facts = GraphFacts(original.casting(to: settings.precision.parameterType))
    self.facts = facts
    begunFacts = Deferred { ForwardFacts(facts) }
    begunFacts.begin()
    self.settings = settings
    loss = settings.loss ?? .usual(for: facts.graph)
    machine = TrainingMachine(environment: settings.environment)
    values = Array(repeating: nil, count: facts.graph.values.count)
    types = Array(repeating: nil, count: facts.graph.values.count)
    nodeRuns = Array(repeating: NodeRun(), count: facts.graph.nodes.count)
  }

  /// Waits for what the forward pass asks of the graph, once.
  mutating func awaitForwardFacts() {
    if forwardFacts == nil { forwardFacts = begunFacts.value }
  }

  /// The values that go after a node.
  mutating func endings(of step: Int) -> [ValueID] {
    awaitForwardFacts()
    return forwardFacts?.holds.endings[step] ?? []
  }

  /// The events until now.
  var written: TrainingTrace {
    var written = TrainingTrace()
    written.trace = machine.ledger.trace
    written.marks = marks
    return written
  }

  var result: TrainingTrace {
    var result = written
    let notes = [
      networkNote, missingGradients, unknownWorkspace, estimatedReserve, refusedAttention,
    ]
    result.diagnostics = diagnostics + notes.compactMap(\.self)
    result.hasLoss = hasLoss
    result.nodeRuns = nodeRuns
    return result
  }

  mutating func mark(_ step: Int, _ phase: TrainingTrace.Phase, saved: ByteCount = .zero) {
    marks.append(
      TrainingTrace.Mark(
        step: step, phase: phase, eventCount: machine.ledger.trace.events.count,
        savedBytes: saved))
  }
}

extension TrainingSession {
  /// Allocates parameters and state, then the inputs.
  mutating func build(_ tensors: [Tensor]) {
    let graph = facts.graph
    let all = Self.registered(graph)
    unregistered = Self.unregistered(all, graph)
    tied = Self.tied(tensors, all, graph)
    let names = Set(tied.map(\.name))
    let stored = all.filter { !names.contains($0) }
    construct(
      graph.construction?.steps
        ?? tensors.filter { $0.role != .constant }.map { .make($0.name, $0.type) }, stored)
    for id in stored where values[id.index] == nil { hold(id, category(of: id)) }
    castParameters(stored)
    for (name, owner) in tied {
      let tensor = values[owner.index]
      values[name.index] = tensor
    }
    parameters = stored.filter {
      graph[$0].role == .parameter && !settings.strategy.freezes(graph[$0].name)
    }
    for id in graph.inputs { hold(id, .input) }
    if settings.isChannelsLast { putChannelsLast(childrenFirst(stored) + graph.inputs) }
    gradients = Array(repeating: nil, count: parameters.count)
    makeLabels()
    distribute(stored)
    reserveCapacity()
    if settings.optimizer.makesStateAtOnce { makeOptimizerState() }
    mark(-1, .build)
  }

  /// The values of a graph whose tensors share their storage with that of an earlier one.
  private static func tied(
    _ tensors: [Tensor], _ stored: [ValueID], _ graph: Graph
  ) -> [(name: ValueID, owner: ValueID)] {
    let storages = tensors.map(\.storage).sorted()
    guard zip(storages, storages.dropFirst()).contains(where: ==) else { return [] }
    let ids = byName(stored, graph)
    var owners: [Int: ValueID] = [:]
    return tensors.compactMap { tensor in
      guard let id = ids[NameKey(tensor.name)] else { return nil }
      guard let owner = owners[tensor.storage], graph[owner].type == graph[id].type else {
        owners[tensor.storage] = id
        return nil
      }
      return owner == id ? nil : (id, owner)
    }
  }

  mutating func hold(_ id: ValueID, _ category: Trace.Category) {
    guard let type = facts.graph[id].type.tensorType else { return }
    let storage = machine.ledger.make(
      type.byteCount, category, named: facts.graph[id].name)
    values[id.index] = LiveTensor(storage: storage, layout: TensorLayout(type))
  }

  /// Makes what the output is compared with.
  private mutating func makeLabels() {
    guard facts.ownLoss == nil else { return }
    guard loss.target != .tokens else {
      labels = facts.graph.inputs.first.flatMap { values[$0.index] }.map { [$0] } ?? []
      return
    }
    guard let output = facts.graph.outputs.first,
      let found = facts.graph[output].type.tensorType,
      let type = loss.targetType(for: found, settings.targetLength)
    else { return }
    let storage = machine.ledger.make(type.byteCount, .input, named: "labels")
    labels.append(LiveTensor(storage: storage, layout: TensorLayout(type)))
  }

  /// One call of the model that nobody differentiates.
  fileprivate mutating func infer() {
    runNodes()
    machine.endAutocast()
    mark(0, .forward)
  }

  mutating func step(_ number: Int) {
    if passes?.play(as: number, in: &self) != true { runPasses(number) }
    optimizeScaled()
    mark(number, .optimizer)
    zeroGradients()
    mark(number, .zero)
  }

  /// Makes room for what a step usually writes down.
  private mutating func reserveCapacity() {
    let (nodes, parameters) = (facts.graph.nodes.count, self.parameters.count)
    machine.ledger.reserveCapacity(
      steps: 4 * nodes, allocations: 4 * nodes + 3 * parameters,
      events: 12 * nodes + 6 * parameters)
  }

  private mutating func runPasses(_ number: Int) {
    let (event, allocation) = (
      machine.ledger.trace.events.count, machine.ledger.trace.allocations.count
    )
    let mark = marks.count
    for _ in 0..<settings.strategy.playedBatches {
      beginDistributedForward()
      makeLeaves()
      let loss = forward().map { averaged($0) }
      machine.endAutocast()
      self.mark(number, .forward, saved: savedBytes)
      if let loss { backward(from: loss) }
      self.mark(number, .backward)
    }
    passes = RepeatedPasses(
      of: self, firstEvent: event, firstAllocation: allocation, firstMark: mark)
  }

  /// Begins a tape whose first nodes are the parameters'.
  mutating func makeLeaves() {
    machine.tape = Tape()
    machine.tape.reserveCapacity(parameters.count + facts.graph.nodes.count)
    regions = []
    // What is held from the last pass, as outputs are, leads to no node of this one.
    for index in values.indices where values[index]?.edge != nil { values[index]?.edge = nil }
    for (index, id) in parameters.enumerated() {
      let node = machine.tape.append(
        Tape.Node(
          name: "AccumulateGrad", origin: facts.graph[id].name, edges: [], inputTypes: [],
          outputCount: 1, saved: [], kind: .accumulate(parameter: index)))
      values[id.index]?.edge = Tape.Edge(node: node, slot: 0)
    }
    for (name, owner) in tied {
      let edge = values[owner.index]?.edge
      values[name.index]?.edge = edge
    }
  }

  /// The unique storages that the tape keeps, without parameters, state and inputs.
  ///
  /// What a module keeps as an attribute of its own, not as a buffer, is none of its state to autograd.
  var savedBytes: ByteCount {
    var seen = [Bool](repeating: false, count: machine.ledger.storageCount)
    for (index, value) in facts.graph.values.enumerated()
    where value.role != .activation && !unregistered.contains(index) {
      if let tensor = values[index] { seen[tensor.storage] = true }
    }
    for label in labels { seen[label.storage] = true }
    var total = ByteCount.zero
    func add(_ storage: Int) {
      guard !seen[storage] else { return }
      seen[storage] = true
      total += machine.ledger.bytes(of: storage)
    }
    for node in machine.tape.nodes { for tensor in node.saved { add(tensor.storage) } }
    for region in regions {
      for tensor in region.savedInputs { add(tensor.storage) }
      for case let storage? in region.products.values.joined() { add(storage) }
    }
    for storage in machine.tape.abandoned { add(storage) }
    return total
  }

  /// Divides the loss by the number of batches whose gradients are summed.
  private mutating func averaged(_ loss: LiveTensor) -> LiveTensor {
    guard settings.strategy.accumulatedBatches > 1 else { return loss }
    let made = machine.forward(
      .lossAveraging, [loss], call: OperatorCall([]), outputs: [], origin: "loss")
    machine.ledger.release(loss.storage)
    return made.first ?? loss
  }

  /// Multiplies the loss by the gradient scaler's number, which the first step makes.
  private mutating func scaled(_ loss: LiveTensor) -> LiveTensor {
    guard settings.precision.scalesLoss else { return loss }
    if scaler.isEmpty {
      scaler = ["scale", "growth tracker"].map {
        LiveTensor(
          storage: machine.ledger.make(4, .optimizerState, named: $0),
          layout: TensorLayout(TensorType(.float32, [])))
      }
    }
    let made = machine.forward(
      .lossScaling, [loss, scaler.first], call: OperatorCall([]), outputs: [], origin: "scaler")
    return made.first ?? loss
  }

  private mutating func backward(from unscaled: LiveTensor) {
    let loss = scaled(unscaled)
    defer {
      if settings.precision.scalesLoss { machine.ledger.release(unscaled.storage) }
    }
    if let edge = loss.edge {
      hasLoss = true
      // What only leads to other outputs goes with them.
      for node in machine.tape.unreached(from: edge) {
        for tensor in machine.tape.takeSaved(of: node) { machine.ledger.release(tensor.storage) }
      }
      machine.ledger.begin(
        Trace.Step(
          node: "loss", operatorName: OperatorName("ones_like", domain: "aten"),
          phase: .backward))
      let seed = LiveTensor(
        storage: machine.ledger.make(
          loss.layout.type.byteCount, .workspace, named: "gradient of the loss"),
        layout: loss.layout)
      AutogradEngine.run(from: [.init(edge: edge, seed: seed)], in: &self)
      machine.ledger.release(seed.storage)
    }
    machine.ledger.release(loss.storage)
    machine.ledger.release(leaves.reversed())
    leaves = []
    for node in machine.tape.nodes.indices {
      for tensor in machine.tape.takeSaved(of: node) { machine.ledger.release(tensor.storage) }
    }
    for region in regions.indices { releaseInputs(of: region) }
  }

  private mutating func zeroGradients() {
    guard !settings.strategy.keepsGradients else { return }
    for index in gradients.indices {
      if let gradient = gradients[index] { machine.ledger.release(gradient.storage) }
      gradients[index] = nil
    }
  }
}
