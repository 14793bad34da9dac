import ModelGraph

extension RunFootprint {
  /// Where the main figures come from.
  func explained(_ facts: GraphFacts, _ footprint: Footprint) -> [Explanation] {
    let nodes = grouped(facts.graph.nodes.count)
    var explanations = [
      Explanation(
        key: "run.activations.bytes", formula: "Σ bytes of every node output that is no view",
        numbers: "\(nodes) nodes, \(grouped(activations.count)) elements"
          + " = \(grouped(activations.bytes.value)) bytes",
        origin: "types of the graph's values", certainty: .exact),
      Explanation(
        key: "run.peak.bytes", formula: peakFormula, numbers: peakNumbers,
        origin: "order of the nodes; lifetimes of \(runtime.rawValue)", certainty: .modelled),
      arenaExplanation,
      Explanation(
        key: "run.macs",
        formula: "Σ multiply-accumulates of the nodes",
        numbers: "\(grouped(work.multiplyAccumulates)) multiply-accumulates",
        origin: "types and attributes of the nodes", certainty: .exact),
    ]
    if let lecture { explanations.append(Self.explain(lecture)) }
    return explanations
  }

  private var arenaExplanation: Explanation {
    let formula: String
    if let plan = litePlan {
      formula =
        "largest offset + size of all tensors and scratch buffers, placed by the rule of "
        + plan.planner
    } else {
      formula =
        "largest offset + size of a placement of all values that are neither input nor output of"
        + " the graph"
    }
    return Explanation(
      key: "run.arena.bytes", formula: formula,
      numbers: "\(arena.planner): \(grouped(arena.bytes.value)) bytes;"
        + " lower bound \(grouped(arena.lowerBound.value)) bytes",
      origin: "lifetimes in the order of the nodes", certainty: .exact)
  }

  private var peakFormula: String {
    switch runtime {
    case .pytorch:
      "largest sum of bytes referenced at once: by nodes still to run, by the caller, by the frames"
        + " of running modules"
    case .litert, .tfliteMicro: "largest sum of what lies in the arena while one node runs"
    case .onnxruntime:
      "largest sum of buffers live at once, after in-place reuse and reuse of freed buffers of the"
        + " same shape"
    }
  }

  private var peakNumbers: String {
    let parts = breakdown.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { "\($0.key.rawValue) \(grouped($0.value.value))" }
    return parts.joined(separator: " + ") + " = \(grouped(peak.bytes.value)) bytes"
  }

  private static func explain(_ lecture: LectureCount) -> Explanation {
    Explanation(
      key: "run.lecture.activations",
      formula: "Σ elements of the input and the outputs of convolution, pooling and linear layers",
      numbers: "\(grouped(lecture.activations)) elements; largest input + output"
        + " \(grouped(lecture.peak)) at \(lecture.node)",
      origin: "MIT 6.5940, lecture 2", certainty: .exact)
  }
}
