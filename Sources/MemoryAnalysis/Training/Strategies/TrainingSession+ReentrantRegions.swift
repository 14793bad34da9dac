import ModelGraph
import Operators

// Regions with a backward pass of their own: `CheckpointFunction` of `torch/utils/checkpoint.py`.

extension TrainingSession {
  /// Runs a region without autograd and notes one node for all of it.
  mutating func runUnwatched(_ index: Int) {
    let run = regions[index]
    let outputs = outputs(of: run.region)
    machine.recording = .off
    for step in run.region.nodes { runForward(step) }
    machine.recording = .keeping
    let edges = run.inputs.map { $0.tensor.edge }
    guard edges.contains(where: { $0 != nil }) else {
      noteUntrained(run.region)
      return releaseInputs(of: index)
    }
    let node = machine.tape.append(
      Tape.Node(
        name: "CheckpointFunctionBackward", origin: run.region.name, edges: edges,
        inputTypes: run.inputs.map { $0.tensor.layout.type }, outputCount: outputs.count,
        saved: [], kind: .region(index)))
    for (slot, id) in outputs.enumerated() {
      values[id.index]?.edge = Tape.Edge(node: node, slot: slot)
    }
  }

  /// What nodes of a region make that other nodes or the loss read.
  private func outputs(of region: Recomputation.Region) -> [ValueID] {
    let graph = facts.graph
    let later = graph.nodes[region.nodes.upperBound...].flatMap { facts.uses(of: $0) }
    let read = Set(later + graph.outputs)
    return region.nodes.flatMap { graph.nodes[$0].outputs.compactMap(\.self) }.filter(read.contains)
  }

  private mutating func noteUntrained(_ region: Recomputation.Region) {
    let diagnostic = Diagnostic(
      .warning, "untrainedRegion",
      "nothing that comes into this region needs a gradient, so reentrant recomputation gives its "
        + "parameters none", at: region.name)
    if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }

  /// Runs a region once more and then backwards; returns the gradients of what came into it.
  mutating func runBackwards(_ index: Int, incoming: [LiveTensor?]) -> [LiveTensor?] {
    let run = regions[index]
    let start = machine.tape.nodes.count
    for (position, input) in run.inputs.enumerated() {
      values[input.id.index] = detached(input.tensor, at: position)
    }
    let outputs = outputs(of: run.region)
    for step in run.region.nodes { runAgain(step, in: run.region, keeping: outputs) }
    machine.endAutocast()
    let roots = zip(outputs, incoming).compactMap { id, gradient -> AutogradEngine.Root? in
      guard let edge = values[id.index]?.edge, let gradient else { return nil }
      return AutogradEngine.Root(edge: edge, seed: gradient)
    }
    let outer = regionGradients
    regionGradients = [:]
    AutogradEngine.run(from: roots, in: &self)
    let made = regionGradients
    regionGradients = outer
    forget(run)
    for node in start..<machine.tape.nodes.count {
      for tensor in machine.tape.takeSaved(of: node) { machine.ledger.release(tensor.storage) }
    }
    return run.inputs.indices.map { made[$0] }
  }

  /// The same bytes as a leaf, whose gradient is collected for a position.
  private mutating func detached(_ tensor: LiveTensor, at position: Int) -> LiveTensor {
    var leaf = tensor
    guard tensor.edge != nil else { return leaf }
    let node = machine.tape.append(
      Tape.Node(
        name: "AccumulateGrad", origin: "", edges: [], inputTypes: [], outputCount: 1, saved: [],
        kind: .regionInput(position)))
    leaf.edge = Tape.Edge(node: node, slot: 0)
    return leaf
  }
}
