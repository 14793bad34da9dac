import ModelGraph

/// What is live in a trace at one event.
struct LiveBytes {
  private(set) var breakdown: [TrainingFootprint.Part: ByteCount] = [:]

  /// The kernel that runs then.
  private(set) var step: Trace.Step?

  init(_ run: TrainingTrace, through lastEvent: Int) {
    let trace = run.trace
    for event in trace.events.prefix(lastEvent + 1) {
      switch event {
      case .begin(let index): step = trace.steps[Int(index)]
      case .allocate(let index):
        let allocation = trace.allocations[Int(index)]
        breakdown[allocation.part, default: .zero] += allocation.bytes
      case .free(let index):
        let allocation = trace.allocations[Int(index)]
        breakdown[allocation.part, default: .zero] -= allocation.bytes
      }
    }
  }

  /// The most live bytes of each kernel of the steady step.
  static func timeline(_ run: TrainingTrace) -> [RunFootprint.Step] {
    let steady = run.events(ofStep: 1)
    var current = ByteCount.zero
    var steps: [RunFootprint.Step] = []
    for (index, event) in run.trace.events.prefix(steady.upperBound).enumerated() {
      switch event {
      case .begin(let step):
        guard steady.contains(index) else { continue }
        let begun = run.trace.steps[Int(step)]
        steps.append(
          RunFootprint.Step(
            node: begun.node, operatorName: begun.operatorName.name, liveBytes: current))
      case .allocate(let allocation): current += run.trace.allocations[Int(allocation)].bytes
      case .free(let allocation): current -= run.trace.allocations[Int(allocation)].bytes
      }
      guard let last = steps.indices.last else { continue }
      steps[last].liveBytes = max(steps[last].liveBytes, current)
    }
    return steps
  }
}

extension Trace.Allocation {
  /// The part of the budget that the bytes belong to.
  fileprivate var part: TrainingFootprint.Part {
    switch category {
    case .parameter: .parameters
    case .state: .state
    case .input: .inputs
    case .gradient: .gradients
    case .optimizerState: .optimizerState
    case .activation: .activations
    case .workspace: .temporaries
    }
  }
}
