import ModelGraph
import Operators

extension TrainingSession {
  /// The parameters that have gradients: those the optimizer steps.
  var trained: [Int] { parameters.indices.filter { gradients[$0] != nil } }

  /// Makes the optimizer's state, parameter by parameter.
  mutating func makeOptimizerState() {
    guard optimizerState.isEmpty, !settings.optimizer.state.isEmpty else { return }
    let indices = settings.optimizer.makesStateAtOnce ? Array(parameters.indices) : trained
    optimizerState = indices.map { index in
      settings.optimizer.state.flatMap { state in
        let name = facts.graph[parameters[index]].name
        return switch state {
        case .likeParameter(let kind): [make(like: index, .optimizerState, "\(name): \(kind)")]
        case .factors:
          factorSizes(of: index).map {
            machine.ledger.make($0, .optimizerState, named: "\(name): factor")
          }
        case .number(let kind):
          [machine.ledger.make(4, .optimizerState, named: "\(name): \(kind)")]
        }
      }
    }
  }

  /// One step of the optimizer; the first makes its state.
  mutating func optimize() {
    begin("step")
    makeOptimizerState()
    var lists: [[Int]] = []
    for temporary in settings.optimizer.temporaries {
      switch temporary {
      case .list(let kernel):
        begin(kernel)
        lists.append(trained.map { make(like: $0, .workspace, kernel) })
      case .loop(let kernels): loop(kernels)
      case .adafactor: adafactor()
      }
    }
    for list in lists {
      for storage in list.reversed() { machine.ledger.release(storage) }
    }
  }

  private mutating func loop(_ kernels: [String]) {
    var previous: Int?
    for index in trained {
      var chained: Int?
      for kernel in kernels {
        begin(kernel)
        let made = make(like: index, .workspace, kernel)
        if let chained { machine.ledger.release(chained) }
        chained = made
      }
      if let previous { machine.ledger.release(previous) }
      previous = chained
    }
    if let previous { machine.ledger.release(previous) }
  }

  mutating func make(
    like index: Int, _ category: Trace.Category, _ name: @autoclosure () -> String
  ) -> Int {
    let bytes = values[parameters[index].index]?.layout.type.byteCount ?? .zero
    return machine.ledger.make(bytes, category, named: name())
  }

  mutating func begin(_ kernel: String) {
    machine.ledger.begin(
      Trace.Step(
        node: "optimizer", operatorName: OperatorName(kernel, domain: "aten"), phase: .optimizer))
  }
}
