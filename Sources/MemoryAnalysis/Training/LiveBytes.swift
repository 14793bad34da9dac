import ModelGraph

/// What is live in a trace at one event.
struct LiveBytes {
  private(set) var breakdown: [TrainingFootprint.Part: ByteCount] = [:]

  /// The kernel that runs then.
  private(set) var step: Trace.Step?

  init(_ run: TrainingTrace, through lastEvent: Int) {
    let trace = run.trace
    var isLive = [Bool](repeating: false, count: trace.allocations.count)
    for event in trace.events.prefix(lastEvent + 1) {
      switch event {
      case .begin(let index): step = trace.steps[Int(index)]
      case .allocate(let index): isLive[Int(index)] = true
      case .free(let index): isLive[Int(index)] = false
      }
    }
    let live = isLive.indices.filter { isLive[$0] }.map { trace.allocations[$0] }
    for category in Trace.Category.allCases {
      let bytes = live.reduce(ByteCount.zero) { $1.category == category ? $0 + $1.bytes : $0 }
      if bytes > .zero { breakdown[category.part] = bytes }
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

extension Trace.Category {
  /// The part of the budget that its bytes belong to.
  fileprivate var part: TrainingFootprint.Part {
    switch self {
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
