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
  var steps: [Remedy]

  /// Whether it can be taken together with others.
  var isCombinable = true

  /// Whether each step takes less memory than the one before, so that the first that fits will do.
  var isMonotone = true

  /// Whether steps that do not fit are not worth telling.
  var isOnlyListedFitting = false
}

extension [RemedyLadder] {
  /// The ladders that have steps, of what may be changed.
  func allowed(_ request: MemFit.Request) -> [RemedyLadder] {
    filter { ladder in
      ladder.steps.first.map { !request.fit.kept.contains($0.axis) } ?? false
    }
  }
}

extension RemedyLadder {
  /// Images with shorter sides.
  static func smallerImages(
    than image: Bindings.ImageSize?, isCombinable: Bool
  ) -> RemedyLadder {
    RemedyLadder(
      steps: (image?.smaller ?? []).map { size in
        Remedy(.image, "images of \(size.height) × \(size.width)", concern: "smaller images") {
          $0.bindings.image = size
        }
      }, isCombinable: isCombinable)
  }

  /// Halves of the sequences that were asked for.
  static func shorterSequences(than length: Int?) -> RemedyLadder {
    let halves = (1...6).map { (length ?? 0) >> $0 }.filter { $0 >= 1 }
    return RemedyLadder(
      steps: halves.map { half in
        Remedy(.sequence, "sequences of \(half)", concern: "shorter sequences") {
          $0.bindings.sequence = half
        }
      }, isCombinable: false)
  }
}

extension Bindings.ImageSize {
  /// Smaller images, their sides multiples of 32, down to half.
  fileprivate var smaller: [Bindings.ImageSize] {
    var sizes: [Bindings.ImageSize] = []
    for (part, whole) in [(7, 8), (3, 4), (5, 8), (1, 2)] {
      let size = Bindings.ImageSize(
        height: height * part / whole / 32 * 32, width: width * part / whole / 32 * 32)
      if size.height >= 32, size.width >= 32, sizes.last != size { sizes.append(size) }
    }
    return sizes
  }
}

extension FitAxis {
  /// What a change sets; of two that set the same, one can be taken.
  var setting: FitAxis {
    switch self {
    case .implementation: .optimizer
    case .adapters: .frozen
    default: self
    }
  }
}

extension MemFit.Request {
  /// The same request with remedies.
  func with(_ remedies: [Remedy]) -> MemFit.Request {
    var request = self
    for remedy in remedies { remedy.change(&request) }
    return request
  }
}
