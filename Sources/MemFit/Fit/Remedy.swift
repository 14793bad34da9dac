import ModelGraph
import Reports

/// One thing that can be asked for otherwise, to take less memory.
struct Remedy: Sendable {
  var axis: FitAxis
  var title: String

  /// What has to be validated; `nil` if the model learns and answers the same.
  var concern: String?

  /// The samples of a step, as a multiple of those asked for.
  var samples = 1.0
  let change: @Sendable (inout MemFit.Request) -> Void

  init(
    _ axis: FitAxis, _ title: String, concern: String? = nil, samples: Double = 1,
    change: @escaping @Sendable (inout MemFit.Request) -> Void
  ) {
    self.axis = axis
    self.title = title
    self.concern = concern
    self.samples = samples
    self.change = change
  }
}

/// Remedies of one kind, from the least to the most; the first that is enough is the one to take.
struct RemedyLadder: Sendable {
  var axis: FitAxis { steps.first?.axis ?? .device }
  var steps: [Remedy]

  /// Whether it can be taken together with others.
  var isCombinable = true

  /// Whether each step takes less memory than the one before, so that the first that fits will do.
  var isMonotone = true

  /// Whether steps that do not fit are not worth telling.
  var isOnlyListedFitting = false
}

extension MemFit.Request {
  /// The same request with remedies.
  func with(_ remedies: [Remedy]) -> MemFit.Request {
    var request = self
    for remedy in remedies { remedy.change(&request) }
    return request
  }
}

extension Bindings {
  /// Sets the batch by the name by which it was chosen.
  mutating func setBatch(_ size: Int) {
    if sizes["batch"] == nil { batch = size } else { sizes["batch"] = size }
  }
}
