import ModelGraph

/// What is live in a trace at one event.
struct LiveBytes {
  private(set) var breakdown: [TrainingFootprint.Part: ByteCount] = [:]

  /// The kernel that runs then.
  private(set) var step: Trace.Step?

  init(_ run: TrainingTrace, through lastEvent: Int) {
    let trace = run.trace
    var isLive = trace.allocations.indices.map { _ in false }
    var last: Int32?
    for event in trace.events.prefix(lastEvent + 1) {
      switch event {
      case .begin(let index): last = index
      case .allocate(let index): isLive[Int(index)] = true
      case .free(let index): isLive[Int(index)] = false
      }
    }
    step = last.map { trace.steps[Int($0)] }
    // Those of one kind stand in a row more often than not.
    var (row, sum): (Trace.Category?, ByteCount) = (nil, .zero)
    for index in isLive.indices where isLive[index] && trace.allocations[index].bytes > .zero {
      if trace.allocations[index].category != row {
        add(sum, row)
        (row, sum) = (trace.allocations[index].category, .zero)
      }
      sum += trace.allocations[index].bytes
    }
    add(sum, row)
  }

  private mutating func add(_ bytes: ByteCount, _ category: Trace.Category?) {
    if let category { breakdown[category.part, default: .zero] += bytes }
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
