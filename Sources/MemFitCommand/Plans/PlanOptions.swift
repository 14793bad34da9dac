import ArgumentParser
import MemFit

/// How long planners work, and what is enough.
struct PlanOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Stop at this size, which is enough.", valueName: "bytes"))
  var capacity: Int?

  @Option(help: ArgumentHelp("Stop searching after this time.", valueName: "seconds"))
  var time = "10s"

  @Option(
    help: """
      The runtime whose views and operators in place are modelled (default: pytorch; litert for \
      TFLite files).
      """)
  var runtime: Runtime?

  @Option(help: "Which outputs take over operands; what the runtime does if not said.")
  var inPlace: InPlaceRule?

  func validate() throws {
    guard duration != nil else {
      throw ValidationError("--time takes seconds such as 10s or 0.5, found \(time)")
    }
    guard capacity ?? 0 >= 0 else {
      throw ValidationError("--capacity takes a number of at least 0")
    }
  }

  var duration: Duration? {
    let digits = time.hasSuffix("s") ? String(time.dropLast()) : time
    guard let seconds = Double(digits), (0...1e6).contains(seconds) else { return nil }
    return .milliseconds(Int(seconds * 1000))
  }

  func request(_ kinds: Set<PlanRequest.Kind>) -> MemFit.Request {
    var plan = PlanRequest(kinds)
    plan.inPlace = inPlace
    plan.capacity = capacity
    plan.timeLimit = duration
    return MemFit.Request(sections: [.plan], runtime: runtime, plan: plan)
  }
}
