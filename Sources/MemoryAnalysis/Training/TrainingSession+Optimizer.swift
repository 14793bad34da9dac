import ModelGraph
import Operators

extension TrainingSession {
  /// The parameters that have gradients: those the optimizer steps.
  var trained: [Int] { parameters.indices.filter { gradients[$0] != nil } }

  /// One step of the optimizer; the first makes its state.
  mutating func optimize() {
    begin("step")
    for part in settings.optimizer.parts {
      let indices = trained.filter { includes($0, part.selection) }
      if !part.step.contains(where: \.makesState) { makeState(part.state, of: indices) }
      var frame = OptimizerFrame()
      perform(part.step, of: part, on: indices, in: &frame)
      for storage in frame.remains { machine.ledger.release(storage) }
    }
  }

  /// Makes the state that an optimizer's constructor makes.
  mutating func makeOptimizerState() {
    for part in settings.optimizer.parts {
      makeState(part.state, of: parameters.indices.filter { includes($0, part.selection) })
    }
  }

  private func includes(_ index: Int, _ selection: Optimizer.Selection) -> Bool {
    switch selection {
    case .all: true
    case .matrices: type(of: index).rank == 2
    case .others: type(of: index).rank != 2
    }
  }

  /// The type of a parameter.
  func type(of index: Int) -> TensorType {
    values[parameters[index].index]?.layout.type ?? TensorType(.float32, [])
  }

  mutating func begin(_ kernel: String) {
    machine.ledger.begin(
      Trace.Step(
        node: "optimizer", operatorName: OperatorName(kernel, domain: "aten"), phase: .optimizer))
  }
}

// MARK: - State

extension TrainingSession {
  /// Makes the state of each parameter that has none yet.
  private mutating func makeState(_ kinds: [OptimizerState], of indices: [Int]) {
    guard !kinds.isEmpty else { return }
    for index in indices where optimizerState[index] == nil {
      optimizerState[index] = kinds.flatMap { make($0, of: index) }
    }
  }

  private mutating func make(_ state: OptimizerState, of index: Int) -> [Int] {
    let name = facts.graph[parameters[index]].name
    let type = type(of: index)
    switch state {
    case .likeParameter(let kind):
      return [keep(type.byteCount, name, kind)]
    case .factors:
      return factorSizes(of: index).map { keep($0, name, "factor") }
    case .number(let kind):
      return [keep(4, name, kind)]
    case .blockwise(let moments): return blockwise(moments, type, name)
    }
  }

  private mutating func keep(_ bytes: ByteCount, _ name: String, _ part: String = "") -> Int {
    machine.ledger.make(bytes, .optimizerState, named: name, part)
  }

  /// A byte an element and a scale for every 256 of each moment; four bytes an element under 4096 of them.
  ///
  /// The first quantized parameter brings a table of 256 numbers for each moment, which all share.
  /// Source: `init_state` of bitsandbytes' `optim/optimizer.py`, 0.50.
  private mutating func blockwise(_ moments: Int, _ type: TensorType, _ name: String) -> [Int] {
    let count = type.elementCount
    let isQuantized = count >= 4096
    if isQuantized, !hasCodebooks {
      hasCodebooks = true
      for _ in 0..<moments { _ = keep(1024, "code book") }
    }
    let sizes =
      isQuantized
      ? [ByteCount(count), ByteCount(4 * count.dividedRoundingUp(by: 256))]
      : [TensorType(.float32, type.shape).byteCount]
    return sizes.flatMap { Array(repeating: $0, count: moments) }
      .map { keep($0, name, "blocks") }
  }
}

// MARK: - Steps

extension TrainingSession {
  private mutating func perform(
    _ instructions: [OptimizerInstruction], of part: Optimizer.Part, on indices: [Int],
    in frame: inout OptimizerFrame
  ) {
    for instruction in instructions {
      switch instruction {
      case .make(let name, let kernels, let extent):
        let made = indices.map { chain(kernels, extent, $0) }
        release(lastFirst: frame.bind(name, to: made))
      case .drop(let name): release(lastFirst: frame.bind(name, to: []))
      case .move(let old, let new):
        release(lastFirst: frame.bind(new, to: frame.bind(old, to: [])))
      case .keepLast(let list, let name):
        let all = frame.bind(list, to: [])
        release(lastFirst: frame.bind(name, to: Array(all.suffix(1))))
        release(lastFirst: Array(all.dropLast()))
      case .scratch(let kernels, let extent):
        for index in indices { machine.ledger.release(chain(kernels, extent, index)) }
      case .norm(let isHalf): for index in indices { norm(of: index, isHalf: isHalf) }
      case .makeState: makeState(part.state, of: indices)
      case .each(let body):
        for index in indices { perform(body, of: part, on: [index], in: &frame) }
      case .adafactor: adafactor()
      }
    }
  }

  /// Drops a list, its last storage first.
  mutating func release(lastFirst storages: [Int]) {
    for storage in storages.reversed() { machine.ledger.release(storage) }
  }

  /// Makes tensors one from the other, and returns the last.
  private mutating func chain(
    _ kernels: [String], _ extent: OptimizerInstruction.Extent, _ index: Int
  ) -> Int {
    let bytes = bytes(of: extent, index)
    var last: Int?
    for kernel in kernels {
      let made = temporary(bytes, kernel)
      takeWorkspace(of: kernel, extent, type(of: index).shape)
      if let last { machine.ledger.release(last) }
      last = made
    }
    return last ?? temporary(.zero, "")
  }

  /// Takes the workspace of a product of matrices; what is added to one is fused with it if it is dense.
  private mutating func takeWorkspace(
    of kernel: String, _ extent: OptimizerInstruction.Extent, _ shape: Shape
  ) {
    guard kernel == "mm" || kernel == "addmm" else { return }
    let isSwapped = extent == .halfOfSwapped && shape[0] > shape[1]
    let isFused = kernel == "addmm" && !isSwapped && shape.allSatisfy { $0 > 1 }
    let environment = settings.environment
    let bytes = isFused ? environment.fusedProductWorkspace : environment.matrixProductWorkspace
    machine.ledger.release(temporary(ByteCount(bytes), kernel))
  }

  private func bytes(
    of extent: OptimizerInstruction.Extent, _ index: Int
  ) -> ByteCount {
    let type = type(of: index)
    switch extent {
    case .parameter: return type.byteCount
    case .mask: return ByteCount(type.elementCount)
    case .bytes(let count): return ByteCount(count)
    case .half, .halfOfSwapped: return TensorType(.bfloat16, type.shape).byteCount
    case .gram:
      let side = type.shape.min() ?? 0
      return TensorType(.bfloat16, [side, side]).byteCount
    }
  }

  mutating func temporary(_ bytes: ByteCount, _ kernel: String) -> Int {
    begin(kernel)
    return machine.ledger.make(bytes, .workspace, named: kernel)
  }

  /// The norm of a parameter, or of a copy of it in 16 bits.
  mutating func norm(of index: Int, isHalf: Bool = false) {
    let type = type(of: index)
    let measured = isHalf ? TensorType(.bfloat16, type.shape) : type
    let sizes =
      [TensorType(measured.dataType, []).byteCount.value]
      + settings.environment.reductionScratch(ofAll: measured)
    release(lastFirst: sizes.map { temporary(ByteCount($0), "linalg_vector_norm") })
  }
}
