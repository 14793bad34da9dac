import ModelGraph
import Operators

// What `DistributedDataParallel` allocates: `torch/nn/parallel/distributed.py`, `torch/csrc/distributed/c10d/reducer.cpp`
// and `comm.cpp`, PyTorch 2.15.

extension TrainingSession {
  /// Wraps the model: compares its parameters, sends them and the buffers, makes the first buckets.
  mutating func distribute(_ stored: [ValueID]) {
    guard let way = settings.strategy.dataParallelism else { return }
    beginSending("broadcast_coalesced")
    compareCounts(among: way.processes)
    let all = stored.filter { facts.graph[$0].role == .parameter }
    send((all + (way.sendsState ? sentState : [])).compactMap { values[$0.index] })
    makeBuckets(firstAssignment(way))
    guard way.findsUnused else { return }
    _ = machine.ledger.make(
      ByteCount(4 * parameters.count), .workspace, named: "map of used parameters")
  }

  /// Prepares a forward pass: the second one finds the buckets in the order of the first backward pass.
  mutating func beginDistributedForward() {
    guard let way = settings.strategy.dataParallelism else { return }
    beginSending("broadcast_coalesced")
    if !way.findsUnused { rebuildBuckets(way) }
    if way.sendsState { send(sentState.compactMap { values[$0.index] }) }
  }

  /// Takes note of a parameter's gradient; where gradients are views, it moves into its bucket.
  mutating func noteGradient(of parameter: Int) {
    guard let way = settings.strategy.dataParallelism else { return }
    buckets.note(parameter)
    guard way.gradientsAreViews else { return }
    moveGradient(of: parameter)
  }

  /// The outputs of a model in which unused parameters are looked for are copies.
  mutating func copyDistributedOutputs() {
    guard settings.strategy.dataParallelism?.findsUnused == true else { return }
    for id in facts.graph.outputs {
      guard facts.isActivation(id), let tensor = values[id.index] else { continue }
      values[id.index] =
        machine.forward(
          .copyOfOutput, [tensor], call: OperatorCall([]), outputs: [tensor.layout.type],
          origin: "DDP"
        ).first
      machine.ledger.release(tensor.storage)
    }
  }

  /// What the network's library takes, which PyTorch's allocator does not see.
  ///
  /// Reported are 544 MB for two and 688 MB for four A100s (https://github.com/NVIDIA/nccl/issues/964), 1.06 GB for
  /// eight H100s (issue 1685), 1.6 GB (issue 864).
  var networkNote: Diagnostic? {
    guard let way = settings.strategy.dataParallelism, way.processes > 1 else { return nil }
    return Diagnostic(
      .note, "ncclMemory",
      "NCCL's own buffers are not in these figures: about 0.5 to 1.6 GB, by the number of its channels and GPUs"
    )
  }

  /// PyTorch refuses a second step that finds gradients missing.
  var missingGradients: Diagnostic? {
    guard let way = settings.strategy.dataParallelism, !way.findsUnused,
      let missing = parameters.indices.first(where: { !buckets.hasArrived($0) })
    else { return nil }
    let count = parameters.count - buckets.arrivals.count
    return Diagnostic(
      .warning, "unusedParameters",
      "\(count) of \(parameters.count) parameters get no gradient, such as "
        + "\(facts.graph[parameters[missing]].name): PyTorch refuses the second step unless told to look for them "
        + "(--ddp \(way.processes):unused)")
  }
}

// MARK: - Buckets

extension TrainingSession {
  private mutating func beginSending(_ kernel: String) {
    machine.ledger.begin(
      Trace.Step(
        node: "DDP", operatorName: OperatorName(kernel, domain: "c10d"), phase: .forward))
  }

  /// One bucket of each type, as all will be built anew; in reverse order where they stay.
  private func firstAssignment(_ way: DataParallelism) -> [[Int]] {
    let types = parameters.indices.map { type(of: $0) }
    let limits = way.findsUnused ? way.bucketLimits : [.max]
    return GradientBuckets.assignment(of: types, limits: limits, isSorted: true).reversed()
  }

  private mutating func makeBuckets(_ assignment: [[Int]]) {
    for storage in buckets.clear() { machine.ledger.release(storage) }
    for (number, members) in assignment.enumerated() {
      let bytes = members.reduce(ByteCount.zero) { $0 + type(of: $1).byteCount }
      let storage = machine.ledger.make(bytes, .gradient, named: "bucket \(number) of gradients")
      buckets.append(members, in: storage)
      guard settings.strategy.dataParallelism?.gradientsAreViews == true else { continue }
      for member in members { moveGradient(of: member) }
    }
  }

  private mutating func moveGradient(of parameter: Int) {
    guard let gradient = gradients[parameter], let storage = buckets.storage(of: parameter),
      gradient.storage != storage
    else { return }
    machine.ledger.retain(storage)
    gradients[parameter] = LiveTensor(
      storage: storage, layout: TensorLayout(type(of: parameter)), isView: true)
    machine.ledger.release(gradient.storage)
  }

  /// Builds the buckets anew, which all processes agree on.
  private mutating func rebuildBuckets(_ way: DataParallelism) {
    guard !buckets.areRebuilt, !parameters.isEmpty, buckets.arrivals.count == parameters.count
    else { return }
    let arrivals = buckets.arrivals
    let assignment = GradientBuckets.assignment(
      of: arrivals.map { type(of: $0) }, limits: way.bucketLimits, isSorted: false
    ).map { $0.map { arrivals[$0] } }
    let counts = [arrivals.count + assignment.count + 1, assignment.count].map {
      machine.ledger.make(ByteCount(4 * $0), .workspace, named: "assignment of buckets")
    }
    for count in counts.reversed() { machine.ledger.release(count) }
    makeBuckets(assignment)
    buckets.noteRebuilt()
  }
}

// MARK: - Sending

extension TrainingSession {
  /// The buffers, which are sent before each forward pass.
  private var sentState: [ValueID] {
    Self.registered(facts.graph).filter { facts.graph[$0].role == .state }
  }

  /// Each process tells how many parameters it has.
  private mutating func compareCounts(among processes: Int) {
    let counts = (0...processes).map { _ in
      machine.ledger.make(8, .workspace, named: "number of parameters")
    }
    for count in counts.dropFirst() + counts.prefix(1) { machine.ledger.release(count) }
  }

  /// Sends tensors in flat copies, of which two live at a time.
  private mutating func send(_ tensors: [LiveTensor]) {
    let groups = GradientBuckets.assignment(
      of: tensors.map(\.layout.type), limits: [DataParallelism.sentAtOnce], isSorted: true)
    var open: [Int] = []
    for group in groups {
      if open.count == 2 { machine.ledger.release(open.removeFirst()) }
      if let flat = flatten(group.map { tensors[$0] }) { open.append(flat) }
    }
    for flat in open { machine.ledger.release(flat) }
  }

  /// The elements of tensors one after the other; a single dense tensor is that already.
  private mutating func flatten(_ tensors: [LiveTensor]) -> Int? {
    let copies = tensors.filter { !$0.layout.isContiguous }.map {
      machine.ledger.make($0.layout.type.byteCount, .workspace, named: "dense copy")
    }
    guard tensors.count > 1 else { return copies.first }
    let bytes = tensors.reduce(ByteCount.zero) { $0 + $1.layout.type.byteCount }
    let flat = machine.ledger.make(bytes, .workspace, named: "tensors sent at once")
    for copy in copies { machine.ledger.release(copy) }
    return flat
  }
}
