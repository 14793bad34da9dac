import ModelGraph

extension TrainingFootprint {
  /// Where the figures of the training step come from.
  func makeExplanations(parameters: ByteCount) -> [Explanation] {
    let steady = measurement.steady
    let origin = "the kernels that PyTorch 2.15 dispatches, replayed in autograd's order"
    let parts = Part.allCases.map { "\((breakdown[$0] ?? .zero).value)" }.joined(separator: " + ")
    return [
      Explanation(
        key: "train.savedActivationBytes", formula: "Σ storages that autograd keeps, each once",
        numbers: "\(measurement.savedActivations.value)", origin: origin, certainty: .exact),
      Explanation(
        key: "train.requestedPeakBytes",
        formula:
          "parameters + state + inputs + gradients + optimizer state + activations + temporaries",
        numbers: "\(parts) = \(steady.requested.value)", origin: origin, certainty: .exact),
      Explanation(
        key: "train.reservedPeakBytes", formula: "Σ segments of the caching allocator",
        numbers: "\(steady.reserved.value)",
        origin: "the trace of two steps, put through PyTorch's allocator", certainty: .modelled),
      Explanation(
        key: "train.overhead.context", formula: "bytes before the first allocation",
        numbers: "\(context.value)", origin: "measured on a V100; others take 300 to 450 MiB",
        certainty: .assumed),
      Explanation(
        key: "train.totalBytes", formula: "reserved + context",
        numbers: "\(steady.reserved.value) + \(context.value) = \(total.value)",
        origin: "without cuDNN's workspaces, which only the library knows", certainty: .modelled),
      Explanation(
        key: "train.recomputedMacs", formula: "Σ multiply-accumulates of the recomputed regions",
        numbers: "\(recomputedMultiplyAccumulates)",
        origin: "the regions of --checkpointing, each run once more", certainty: .modelled),
    ] + timeExplanations
  }

  private var timeExplanations: [Explanation] {
    guard let seconds else { return [] }
    return [
      Explanation(
        key: "train.secondsAtMost",
        formula: "(3 × forward + recomputed operations) ÷ speed + 2 × bytes made ÷ bandwidth",
        numbers: "\(seconds.upperBound)", origin: "the data sheet of \(device.title)",
        certainty: .modelled)
    ]
  }
}
